#!lua flags=no-writes,allow-oom
-- Reads hashes as they stand at one moment. A transaction would do, but a server whose memory is full refuses those, even
-- where they only read.
--
-- KEYS     the hashes
-- ARGV     for each hash the number of its fields and these; -1 stands for all that there are
-- Returns  for each hash its values in the order of the fields; or fields and values in turn

-- How many fields one command carries; Lua's stack holds 8000.
local MOST = 4000

local at = 1

local function values(hash)
  local number = tonumber(ARGV[at])
  at = at + 1
  if number < 0 then return redis.call('HGETALL', hash) end
  local all, past = {}, at + number
  for from = at, past - 1, MOST do
    local some = redis.call('HMGET', hash, unpack(ARGV, from, math.min(from + MOST, past) - 1))
    for i = 1, #some do all[from - at + i] = some[i] end
  end
  at = past
  return all
end

local answers = {}
for i, hash in ipairs(KEYS) do answers[i] = values(hash) end
return answers
