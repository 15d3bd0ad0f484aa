-- Lays a part of a copy aside, in keys that expire if nobody comes back for them.
-- KEYS: those of the thread, then of what was laid aside.
data, index = KEYS[4], KEYS[5]
redis.call('HLEN', data)
redis.call('ZCARD', index)
local lasts = arg()
batched('HSET', data, args(arg()))
batched('ZADD', index, args(arg()))
redis.call('PEXPIRE', data, lasts)
redis.call('PEXPIRE', index, lasts)
return 'ok'
