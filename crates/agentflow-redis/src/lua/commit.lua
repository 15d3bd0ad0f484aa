-- Makes one checkpoint the head of its graph.
local ttl, token, epoch, graph = arg(), arg(), arg(), arg()
local expected, id, parent, entry, is_root = arg(), arg(), arg(), arg(), arg()
redis.call('ZCARD', index)
local found = redis.call('HMGET', data, 'h:' .. graph, 'c:' .. graph .. ':' .. parent)
local head = found[1] and string.sub(found[1], 1, 20) or ''
-- This very call was carried out before, and its answer was lost.
if found[1] == id .. token then return 'ok' end
local refusal, wake = fenced(epoch)
if refusal then return refusal end
if head ~= expected then return {'conflict', head} end
if parent ~= '' and not found[2] then return {'orphan', head} end
if id <= head then return {'conflict', head} end

local items = {'h:' .. graph, id .. token, 'c:' .. graph .. ':' .. id, entry}
for _ = 1, tonumber(arg()) do
  items[#items + 1] = 'v:' .. graph .. ':' .. id .. ':' .. arg()
  items[#items + 1] = arg()
end
batched('HSET', data, items)
redis.call('ZADD', index, 0, 'c:' .. graph .. ':' .. id)
add_records(graph, parent, arg())

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

if is_root == '1' and wake then redis.call('HDEL', meta, 'wake') end
-- Who prunes at this moment has not seen what this builds on.
if parent ~= head then redis.call('HINCRBY', meta, 'cut', 1) end
keep_alive(ttl)
return 'ok'
