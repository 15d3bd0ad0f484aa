-- What a superstep leaves besides its checkpoint: records on the one it was built on, and
-- the events that it took are forgotten.
taken_args = last
add_records(arg())

local taken = args(arg())
for _, event in ipairs(taken) do
  if redis.call('ZREM', index, 'e:' .. event) == 1 then
    redis.call('HDEL', data, 'e:' .. event)
    if redis.call('HEXISTS', data, 'q:' .. event) == 1 then
      redis.call('ZADD', index, 0, 't:' .. event)
    end
  end
end
local keys_max = tonumber(arg())
local newest = #taken > 0 and tonumber(redis.call('HGET', meta, 'newest') or '0') or 0
if newest > keys_max and newest < 2 ^ 53 then
  local last = string.format('%020.0f', newest - keys_max)
  for _, name in ipairs(redis.call('ZRANGEBYLEX', index, '[t:', '[t:' .. last)) do
    local event = string.sub(name, 3)
    local key = redis.call('HGET', data, 'q:' .. event)
    if key then redis.call('HDEL', data, 'q:' .. event, 'k:' .. key) end
    redis.call('ZREM', index, name)
  end
end

return 'ok'
