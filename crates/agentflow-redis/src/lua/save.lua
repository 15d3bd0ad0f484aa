-- Adds records to a checkpoint, and sets the thread's wake-up.
local ttl, epoch, graph, id = arg(), arg(), arg(), arg()
local mode, time, seen, claim = arg(), arg(), arg(), arg()
expect_ours()
local refusal = fenced(epoch)
if refusal then return refusal end
if redis.call('HEXISTS', data, 'c:' .. graph .. ':' .. id) == 0 then
  return {'conflict', head_of(graph)}
end
refusal = unclaimed(claim)
if refusal then return refusal end
add_records(arg())
set_wake(mode, time, seen)
keep_alive(ttl)
return 'ok'
