-- Notes that a thread may wake at `time` or later, before it is made to.
-- KEYS: threads by the earliest time at which they may wake; their newest claims; the last
-- number that a claim got.
local thread, time, least = ARGV[1], ARGV[2], ARGV[3]
redis.call('ZCARD', KEYS[1])
redis.call('HLEN', KEYS[2])
local claim = redis.call('INCR', KEYS[3])
if least ~= '' and claim <= tonumber(least) then
  claim = tonumber(least) + 1
  redis.call('SET', KEYS[3], string.format('%.0f', claim))
end
claim = string.format('%.0f', claim)
redis.call('ZADD', KEYS[1], 'LT', time, thread)
redis.call('HSET', KEYS[2], thread, claim)
return claim
