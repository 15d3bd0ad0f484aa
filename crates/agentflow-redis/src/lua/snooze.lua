-- Sets the wake-up of a thread that has checkpoints or events.
local ttl, mode, time, seen, claim = arg(), arg(), arg(), arg(), arg()
expect_ours()
if redis.call('ZLEXCOUNT', index, '[c:', '(c;') + redis.call('ZLEXCOUNT', index, '[e:', '(e;') == 0 then
  return 'ok'
end
local refusal = unclaimed(claim)
if refusal then return refusal end
set_wake(mode, time, seen)
keep_alive(ttl)
return 'ok'
