-- Keeps a lease that was not taken over.
local ttl, epoch, ends, lasts = arg(), arg(), arg(), arg()
expect_ours()
local refusal = fenced(epoch)
if refusal then return refusal end
if ends == '' then
  local time = redis.call('TIME')
  ends = '1' .. string.format('%019.0f', time[1] * 1000000 + time[2] + tonumber(lasts))
end
redis.call('HSET', meta, 'until', ends)
keep_alive(ttl)
return 'ok'
