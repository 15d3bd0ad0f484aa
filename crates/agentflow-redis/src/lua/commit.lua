-- Makes one checkpoint the head of its graph. What most supersteps do comes first, and ends
-- here: Redis runs the whole script anew for each call, and to make the functions that the
-- others share takes longer than to read the head.
--
-- `fork` is empty if the parent is the expected head, which is there since no head is without
-- its checkpoint; else the parent's name, or `none`. The entries follow, each name before its
-- value: the head, the checkpoint, the values.
local ttl, epoch, expected, fork, entries = unpack(ARGV, 1, 5)
local first, last = 6, 5 + tonumber(entries)
local found, head_value = redis.call('HGET', data, ARGV[first]), ARGV[first + 1]
-- This very call was carried out before, and its answer was lost.
if found == head_value then return 'ok' end
local refusal, wake = fenced(epoch)
if refusal then return refusal end
local head = found and string.sub(found, 1, 20) or ''
if head ~= expected then return {'conflict', head} end
if fork ~= '' and fork ~= 'none' and redis.call('HEXISTS', data, fork) == 0 then
  return {'orphan', head}
end
if string.sub(head_value, 1, 20) <= head then return {'conflict', head} end

-- The first write, which fails if the index is another program's.
redis.call('ZADD', index, 0, ARGV[first + 2])
-- Lua's stack is short.
for from = first, last, 500 do
  redis.call('HSET', data, unpack(ARGV, from, math.min(from + 499, last)))
end
if wake and ARGV[first] == 'h:' then redis.call('HDEL', meta, 'wake') end
-- Who prunes at this moment has not seen what this builds on.
if fork ~= '' then redis.call('HINCRBY', meta, 'cut', 1) end
keep_alive(ttl)
if last == #ARGV then return 'ok' end

