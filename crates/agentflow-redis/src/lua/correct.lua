-- Corrects what the index says of a thread, unless somebody claimed it meanwhile.
local thread, claim, time = ARGV[1], ARGV[2], ARGV[3]
if (redis.call('HGET', KEYS[2], thread) or '0') ~= claim then return 'ok' end
if time == '' then
  redis.call('ZREM', KEYS[1], thread)
  redis.call('HDEL', KEYS[2], thread)
else
  redis.call('ZADD', KEYS[1], 'XX', time, thread)
end
return 'ok'
