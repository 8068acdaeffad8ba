#!lua flags=no-writes,allow-oom
-- Reads hashes as they stand at one moment. A transaction would do, but a server whose memory is full refuses those, even
-- where they only read.
--
-- KEYS     the hashes
-- ARGV     the fields; without any, all that there are
-- Returns  for each hash its values in the order of the fields; or fields and values in turn

-- How many fields one command carries; Lua's stack holds 8000.
local MOST = 4000

local function values(hash)
  if #ARGV == 0 then return redis.call('HGETALL', hash) end
  local all = {}
  for from = 1, #ARGV, MOST do
    local some = redis.call('HMGET', hash, unpack(ARGV, from, math.min(from + MOST - 1, #ARGV)))
    for i = 1, #some do all[from + i - 1] = some[i] end
  end
  return all
end

local answers = {}
for i, hash in ipairs(KEYS) do answers[i] = values(hash) end
return answers
