-- Deletes all of a thread but what must never be given again, and its lease.
--
-- Last of all: while a Cluster moves the slot, a script may not touch a key that it has
-- deleted.
local ttl = arg()
expect_ours()
local entries = redis.call('HLEN', data)
redis.call('HDEL', meta, 'wake')
if entries > 0 then redis.call('HINCRBY', meta, 'cut', 1) end
keep_alive(ttl)
redis.call('UNLINK', data, index)
return {'ok'}
