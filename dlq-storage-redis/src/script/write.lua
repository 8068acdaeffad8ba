-- Writes units, each whole or not at all: a unit is written where everything stands that it expects. Who decides what is
-- written is not here: dlq_core::storage::transition is, and a unit is what came of it. Everything is looked at before
-- anything is written, so that an error leaves nothing half done.
--
-- KEYS     every key of the shard, in the order of dlq_storage_keyed::Space; below, a key is its place.
-- ARGV     the number of units, and then groups of what all units ask of one key, up to the end:
--            e  key, owners, places, the fields, the values expected of them ('' is none)
--            p  key, owners, fields and values in turn: put
--            c  key, owners, fields: cut
--            j  key, owners, '0' and members in turn: join
--            l  key, owners, members: leave
--            t  name, owners, differences, their sum, when the first and the last was made, a sample: a cell counts
--            s  key, owners, differences, their sum, field: a number grows
--          Owners tell whose each item is, in two bytes; places which of its expectations, in one; differences are of
--          eight bytes.
-- Returns  for each unit 0 where it was written, else the place, from 1, of the first that it expected in vain.

-- How many values one command carries; Lua's stack holds 8000.
local MOST = 4000
-- The place of the key of Space::Tally.
local TALLY = 8

-- How many arguments follow the owners: for each item, and beside these.
local WIDTH = { e = 2, p = 2, c = 1, j = 2, l = 1, t = 0, s = 0 }
local BESIDE = { e = 1, p = 0, c = 0, j = 0, l = 0, t = 5, s = 3 }
local TYPE = { e = 'hash', p = 'hash', c = 'hash', j = 'zset', l = 'zset', t = 'hash', s = 'hash' }
local COMMAND = { p = 'HSET', c = 'HDEL', j = 'ZADD', l = 'ZREM' }

local function groups()
  local all, at = {}, 2
  while at <= #ARGV do
    local kind, owners = ARGV[at], ARGV[at + 2]
    local count = #owners / 2
    all[#all + 1] = { kind = kind, name = ARGV[at + 1], owners = owners, count = count, from = at + 3 }
    at = at + 3 + BESIDE[kind] + WIDTH[kind] * count
  end
  return all
end

local vain, lost = {}, false

local function owner(group, i)
  local high, low = string.byte(group.owners, 2 * i - 1, 2 * i)
  return high * 256 + low
end

local function look(group)
  local key, places, fields = KEYS[tonumber(group.name)], ARGV[group.from], group.from + 1
  local values = fields + group.count
  for first = 0, group.count - 1, MOST do
    local last = math.min(first + MOST, group.count) - 1
    local some = redis.call('HMGET', key, unpack(ARGV, fields + first, fields + last))
    for i = first, last do
      if (some[i - first + 1] or '') ~= ARGV[values + i] then
        local unit, place = owner(group, i + 1), string.byte(places, i + 1)
        vain[unit] = math.min(vain[unit] or place, place)
        lost = true
      end
    end
  end
end

-- What the units that are written add.
local function difference(group)
  if not lost then return tonumber(ARGV[group.from + 1]) end
  local sum = 0
  for i = 1, group.count do
    if not vain[owner(group, i)] then sum = sum + struct.unpack('>l', ARGV[group.from], 8 * i - 7) end
  end
  return sum
end

-- The items of the units that are written.
local function left(group)
  local items, width = {}, WIDTH[group.kind]
  for i = 1, group.count do
    if not vain[owner(group, i)] then
      for n = 0, width - 1 do items[#items + 1] = ARGV[group.from + (i - 1) * width + n] end
    end
  end
  return items
end

local function send(command, key, items, from, to)
  for first = from, to, MOST do
    redis.call(command, key, unpack(items, first, math.min(first + MOST - 1, to)))
  end
end

local function write(group)
  local key, command = KEYS[tonumber(group.name)], COMMAND[group.kind]
  if lost then
    local items = left(group)
    send(command, key, items, 1, #items)
  else
    send(command, key, ARGV, group.from, group.from + WIDTH[group.kind] * group.count - 1)
  end
end

-- A cell is kept as count, first, last, sample. One that comes to nothing is forgotten.
local function count(group, added)
  local first, last, sample = unpack(ARGV, group.from + 2, group.from + 4)
  local records, known = added, redis.call('HGET', KEYS[TALLY], group.name)
  if known then
    local n, f, l, s = string.match(known, '^(%d+) (%-?%d+) (%-?%d+) (%S+)$')
    if not n then return nil end
    records = records + tonumber(n)
    if tonumber(f) < tonumber(first) then first = f end
    if tonumber(l) > tonumber(last) then last = l end
    sample = s
  end
  if records == 0 then return '' end
  return table.concat({ string.format('%.0f', records), first, last, sample }, ' ')
end

local function sum(group, added)
  local known = redis.call('HGET', KEYS[tonumber(group.name)], ARGV[group.from + 2]) or '0'
  if not string.match(known, '^%-?%d+$') then return nil end
  return string.format('%.0f', tonumber(known) + added)
end

local all, known = groups(), {}
for _, group in ipairs(all) do
  local key = KEYS[group.kind == 't' and TALLY or tonumber(group.name)]
  if not known[key] then
    known[key] = redis.call('TYPE', key).ok
    if known[key] ~= 'none' and known[key] ~= TYPE[group.kind] then
      return redis.error_reply('WRONGTYPE ' .. key .. ' holds a ' .. known[key])
    end
  end
end
for _, group in ipairs(all) do
  if group.kind == 'e' then look(group) end
end

local numbers = {}
for _, group in ipairs(all) do
  if group.kind == 't' or group.kind == 's' then
    local added = difference(group)
    if added ~= 0 then
      local is_cell = group.kind == 't'
      local number = (is_cell and count or sum)(group, added)
      if not number then return redis.error_reply('DAMAGED ' .. group.name .. ' is no count') end
      local key = KEYS[is_cell and TALLY or tonumber(group.name)]
      numbers[#numbers + 1] = { key, is_cell and group.name or ARGV[group.from + 2], number }
    end
  end
end

for _, group in ipairs(all) do
  if COMMAND[group.kind] then write(group) end
end
for _, number in ipairs(numbers) do
  if number[3] == '' then
    redis.call('HDEL', number[1], number[2])
  else
    redis.call('HSET', number[1], number[2], number[3])
  end
end

local answers = {}
for unit = 0, tonumber(ARGV[1]) - 1 do answers[unit + 1] = vain[unit] or 0 end
return answers
