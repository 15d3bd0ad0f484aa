-- Forgets items that have expired, so many at most.
local now, limit = arg(), arg()
redis.call('HLEN', data)
-- No name has a byte of 255: all that comes behind the moment is below it.
local gone = redis.call('ZRANGEBYLEX', index, '[e:', '(e:' .. now .. '\255', 'LIMIT', 0, limit)
for _, member in ipairs(gone) do forget(string.sub(member, 23)) end
return tostring(#gone)
