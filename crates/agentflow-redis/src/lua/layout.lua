-- The layout of the data under a prefix, which is this build's if there is none yet.
local found = redis.call('GET', KEYS[1])
if found then return found end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
