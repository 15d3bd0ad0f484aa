-- All of a thread but its lease.
local known = redis.call('ZLEXCOUNT', index, '[c:', '(c;') + redis.call('ZLEXCOUNT', index, '[e:', '(e;')
if known == 0 then return {} end
local found = redis.call('HMGET', meta, 'wake', 'newest')
return {found[1], found[2] or '0', redis.call('HGETALL', data), redis.call('ZRANGE', index, 0, -1)}
