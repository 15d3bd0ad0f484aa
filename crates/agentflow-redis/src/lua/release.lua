-- Gives a lease back, unless it was taken over.
local ttl, epoch = arg(), arg()
expect_ours()
if not fenced(epoch) then
  redis.call('HDEL', meta, 'owner', 'until', 'grant')
  keep_alive(ttl)
end
return 'ok'
