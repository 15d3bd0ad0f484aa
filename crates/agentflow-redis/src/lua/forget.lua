-- Deletes entries by name, if what was surveyed still holds: nothing was deleted, nobody
-- built on an older checkpoint, and no graph that goes has a new head. A commit on a head
-- needs only what that head has and what it brings.
local ttl, cut = arg(), arg()
expect_ours()
if (redis.call('HGET', meta, 'cut') or '0') ~= cut then return 'moved' end
for _ = 1, tonumber(arg()) do
  if head_of(arg()) ~= arg() then return 'moved' end
end
-- Names, each after its length: there may be more than a call has arguments.
local list, from, names = arg(), 1, {}
while from <= #list do
  local length, begin = string.match(list, '^(%d+):()', from)
  from = begin + tonumber(length)
  names[#names + 1] = string.sub(list, begin, from - 1)
end
batched('HDEL', data, names)
batched('ZREM', index, names)
redis.call('HINCRBY', meta, 'cut', 1)
keep_alive(ttl)
return 'ok'
