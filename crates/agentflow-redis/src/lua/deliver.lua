-- Tells a thread something, once for each key.
local ttl, now, claim, waiting_max, event = arg(), arg(), arg(), arg(), arg()
local has_key, key = arg(), arg()
expect_ours()
if has_key == '1' then
  local known = redis.call('HGET', data, 'k:' .. key)
  if known then return {'told', known} end
end
local waiting = redis.call('ZLEXCOUNT', index, '[e:', '(e;')
if waiting >= tonumber(waiting_max) then return {'full', tostring(waiting)} end
local refusal = unclaimed(claim)
if refusal then return refusal end

-- The first write, which refuses when the numbers are used up.
redis.call('HINCRBY', meta, 'newest', 1)
local id = padded(redis.call('HGET', meta, 'newest'))
redis.call('HSET', data, 'e:' .. id, event)
redis.call('ZADD', index, 0, 'e:' .. id)
if has_key == '1' then redis.call('HSET', data, 'k:' .. key, id, 'q:' .. id, key) end
local wake = redis.call('HGET', meta, 'wake')
if not wake or now < wake then redis.call('HSET', meta, 'wake', now) end
keep_alive(ttl)
return {'told', id}
