-- Whether a thread's wake-up is at or before `now`. If not, no wake-up is set any more under
-- this claim or an older one, so that the index may forget it.
local now, claim = arg(), arg()
local found = redis.call('HMGET', meta, 'wake', 'claimed')
local wake = found[1]
if wake and wake <= now then return {'due', wake} end
if not found[2] or tonumber(found[2]) < tonumber(claim) then
  local is_gone = redis.call('EXISTS', meta) == 0
  redis.call('HSET', meta, 'claimed', claim)
  -- Only a claim that is under way just now needs it.
  if is_gone then redis.call('PEXPIRE', meta, 3600000) end
end
return {'later', wake or ''}
