-- Grants the lease, or says who holds it.
local ttl, token, owner, from_gone = arg(), arg(), arg(), arg()
local now, ends, lasts = arg(), arg(), arg()
expect_ours()
local time = redis.call('TIME')
local clock = string.format('%.0f', time[1] * 1000000 + time[2])
if now == '' then
  now = '1' .. string.rep('0', 19 - #clock) .. clock
  ends = '1' .. string.format('%019.0f', tonumber(clock) + tonumber(lasts))
end
local found = redis.call('HMGET', meta, 'epoch', 'owner', 'until', 'grant')
if found[2] then
  -- This very call was carried out before, and its answer was lost.
  if found[4] == token then return {'granted', found[1]} end
  if found[3] > now and found[1] ~= from_gone then
    return {'held', found[1], found[2], found[3]}
  end
end
-- The first write, which refuses when the numbers are used up.
redis.call('HINCRBY', meta, 'epoch', 1)
local epoch = redis.call('HGET', meta, 'epoch')
-- Not below the server's clock: a key that expired, was evicted or was lost in a failover
-- has forgotten epochs that somebody may still hold.
if padded(epoch) < padded(clock) then
  epoch = clock
  redis.call('HSET', meta, 'epoch', epoch)
elseif padded(epoch) < padded('9000000000000000000') then
  -- The clock is behind what was granted. Two servers of which one has lost the other's
  -- grant should not grant the same number again.
  redis.call('HINCRBY', meta, 'epoch', time[2])
  epoch = redis.call('HGET', meta, 'epoch')
end
redis.call('HSET', meta, 'owner', owner, 'until', ends, 'grant', token)
keep_alive(ttl)
return {'granted', epoch}
