-- Deletes all of a thread but what must never be given again, and its lease.
--
-- Last of all: while a Cluster moves the slot, a script may not touch a key that it has
-- deleted.
local ttl, token = arg(), arg()
expect_ours()
-- This very call was carried out before, and its answer was lost: what is there now has
-- begun since.
if redis.call('HGET', meta, 'deleted') == token then return 'ok' end
local entries = redis.call('HLEN', data)
redis.call('HDEL', meta, 'wake')
if entries > 0 then redis.call('HINCRBY', meta, 'cut', 1) end
if redis.call('EXISTS', meta) == 1 then redis.call('HSET', meta, 'deleted', token) end
keep_alive(ttl)
redis.call('UNLINK', data, index)
return 'ok'
