-- Makes a thread a copy: of the arguments, after what was laid aside, if something was.
local laid_data, laid_index = KEYS[4], KEYS[5]
local ttl, wake, newest, claim, entries, names = arg(), arg(), arg(), arg(), arg(), arg()
expect_ours()
local other = redis.call('ZRANGEBYLEX', index, '[c:', '(c;', 'LIMIT', 0, 1)[1]
if other then
  local root = head_of('')
  return {'conflict', root ~= '' and root or head_of(string.match(other, '^c:(.*):%d+$'))}
end
if redis.call('ZLEXCOUNT', index, '[e:', '(e;') > 0 then return 'events' end
local refusal = unclaimed(claim)
if refusal then return refusal end
if redis.call('HLEN', laid_data) ~= tonumber(entries) then return 'lost' end
if redis.call('ZCARD', laid_index) ~= tonumber(names) then return 'lost' end

redis.call('UNLINK', data, index)
for from, to in pairs({[laid_data] = data, [laid_index] = index}) do
  if redis.call('EXISTS', from) == 1 then
    redis.call('RENAME', from, to)
    redis.call('PERSIST', to)
  end
end
batched('HSET', data, args(arg()))
batched('ZADD', index, args(arg()))
local own = redis.call('HGET', meta, 'newest')
if not own or padded(own) < padded(newest) then redis.call('HSET', meta, 'newest', newest) end
if wake == '' then
  redis.call('HDEL', meta, 'wake')
else
  redis.call('HSET', meta, 'wake', wake)
end
keep_alive(ttl)
return 'ok'
