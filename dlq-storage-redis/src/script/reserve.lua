-- Reserves the records that are due longest, so that workers who ask at the same time are offered different ones. A
-- reservation is a courtesy and ends by itself: who gets a record is decided where the claim is written.
--
-- KEYS     1 what is due, 2 what is reserved
-- ARGV     1 where to begin, 2 where to end (both as ZRANGE BYLEX takes them), 3 how many, 4 the time, 5 until when
-- Returns  the members found

local PAGE = 256

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
local found, from, wanted = {}, ARGV[1], tonumber(ARGV[3])
while true do
  local page = redis.call('ZRANGE', KEYS[1], from, ARGV[2], 'BYLEX', 'LIMIT', 0, PAGE)
  for _, member in ipairs(page) do
    if redis.call('ZADD', KEYS[2], 'NX', ARGV[5], string.sub(member, 9)) == 1 then
      found[#found + 1] = member
      if #found == wanted then return found end
    end
    from = '(' .. member
  end
  if #page < PAGE then return found end
end
