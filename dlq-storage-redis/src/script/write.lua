-- Writes units, each whole or not at all: a unit is written where everything stands that it expects. Who decides what is
-- written is not here: dlq_core::storage::transition is, and a unit is what came of it.
--
-- KEYS     every key of the shard, in the order of dlq_storage_keyed::Space; below, a key is its place.
-- ARGV     the number of cells, and each cell: name, when its first and its last were made, a sample.
--          Then units up to the end. Each is seven lists, each behind its length:
--            expected  hash, field, value ('' is none)
--            puts      hash, field, value
--            cuts      hash, field
--            joins     set, member
--            leaves    set, member
--            cells     cell, difference
--            sums      hash, field, difference
-- Returns  for each unit 0 where it was written, else the place, from 1, of what it expected in vain.

-- How many values one command carries; Lua's stack holds 8000.
local MOST = 4000

-- The place of the key of Space::Tally.
local TALLY = 8

local at = 1

-- The list that stands here: where it begins, and where its last item does.
local function list(width)
  local from = at + 1
  at = from + tonumber(ARGV[at]) * width
  return from, at - width
end

-- What is to be written, by key: one command writes what many units ask for.
local function collect(batches, key)
  key = tonumber(key)
  batches[key] = batches[key] or {}
  return batches[key]
end

local function flush(command, batches)
  for key, values in pairs(batches) do
    for from = 1, #values, MOST do
      redis.call(command, KEYS[key], unpack(values, from, math.min(from + MOST - 1, #values)))
    end
  end
end

local function missing(from, to)
  for i = from, to, 3 do
    if (redis.call('HGET', KEYS[tonumber(ARGV[i])], ARGV[i + 1]) or '') ~= ARGV[i + 2] then
      return (i - from) / 3 + 1
    end
  end
  return 0
end

local puts, cuts, joins, leaves, cells, sums = {}, {}, {}, {}, {}, {}

local function write(lists)
  for i = lists.puts[1], lists.puts[2], 3 do
    local batch = collect(puts, ARGV[i])
    batch[#batch + 1] = ARGV[i + 1]
    batch[#batch + 1] = ARGV[i + 2]
  end
  for i = lists.cuts[1], lists.cuts[2], 2 do
    local batch = collect(cuts, ARGV[i])
    batch[#batch + 1] = ARGV[i + 1]
  end
  for i = lists.joins[1], lists.joins[2], 2 do
    local batch = collect(joins, ARGV[i])
    batch[#batch + 1] = 0
    batch[#batch + 1] = ARGV[i + 1]
  end
  for i = lists.leaves[1], lists.leaves[2], 2 do
    local batch = collect(leaves, ARGV[i])
    batch[#batch + 1] = ARGV[i + 1]
  end
  for i = lists.cells[1], lists.cells[2], 2 do
    local cell = tonumber(ARGV[i])
    cells[cell] = (cells[cell] or 0) + tonumber(ARGV[i + 1])
  end
  for i = lists.sums[1], lists.sums[2], 3 do
    local batch, field = collect(sums, ARGV[i]), ARGV[i + 1]
    batch[field] = (batch[field] or 0) + tonumber(ARGV[i + 2])
  end
end

-- A cell is kept as count, first, last, sample. One that comes to nothing is forgotten.
local function count(cell, difference)
  local from = (cell - 1) * 4 + 2
  local name, first, last, sample = unpack(ARGV, from, from + 3)
  local records = difference
  local known = redis.call('HGET', KEYS[TALLY], name)
  if known then
    local n, f, l, s = string.match(known, '^(%S+) (%S+) (%S+) (%S+)$')
    records = records + tonumber(n)
    if tonumber(f) < tonumber(first) then first = f end
    if tonumber(l) > tonumber(last) then last = l end
    sample = s
  end
  if records == 0 then
    redis.call('HDEL', KEYS[TALLY], name)
  else
    local n = string.format('%.0f', records)
    redis.call('HSET', KEYS[TALLY], name, table.concat({ n, first, last, sample }, ' '))
  end
end

list(4)
local answers = {}
while at <= #ARGV do
  local expected = { list(3) }
  local lists = {
    puts = { list(3) }, cuts = { list(2) }, joins = { list(2) }, leaves = { list(2) },
    cells = { list(2) }, sums = { list(3) },
  }
  local vain = missing(unpack(expected))
  if vain == 0 then write(lists) end
  answers[#answers + 1] = vain
end

flush('HDEL', cuts)
flush('HSET', puts)
flush('ZREM', leaves)
flush('ZADD', joins)
for cell, difference in pairs(cells) do
  if difference ~= 0 then count(cell, difference) end
end
for key, fields in pairs(sums) do
  for field, difference in pairs(fields) do
    redis.call('HINCRBY', KEYS[key], field, string.format('%.0f', difference))
  end
end
return answers
