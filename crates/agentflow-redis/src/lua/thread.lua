-- What the scripts on one thread share. A script reads all it needs and decides before its
-- first write: Redis does not take back what a script wrote before it failed. All its keys
-- are named, so that a Cluster that moves their slot refuses it before it begins.
--
-- `meta` (hash): `epoch`, `owner`, `grant`, `until`, `wake`, `claimed`, `newest`, `cut`,
-- `deleted`; of the stream log `logged` the newest position, `kept` how many entries there
-- are, `append` the last append.
--   Outlives the thread's checkpoints.
-- `data` (hash): `h:graph` the head; `c:graph:id` a checkpoint; `v:graph:id:field` a value;
--   `r:graph:id:name` a record; `e:id` an event, `q:id` its key; `k:key` the event under it;
--   `l:position` an entry of the stream log.
-- `index` (sorted set, by bytes): the names of checkpoints, records and events, and `t:id`
--   of each event with a key that was taken.
--
-- Numbers that must be exact stay text: Lua's are doubles. Those that are compared have a
-- fixed width.
local meta, data, index = KEYS[1], KEYS[2], KEYS[3]

-- Why a writer of this epoch may not write, if so; if not, when the thread wakes.
local function fenced(epoch)
  local found = redis.call('HMGET', meta, 'epoch', 'owner', 'wake')
  if found[2] and found[1] == epoch then return nil, found[3] end
  return {'fenced', found[1] or '0', found[2] or ''}
end

-- Lets the thread's keys expire together, `ttl` milliseconds after the last of: now, its
-- wake-up, the end of its lease. Without `ttl` they never expire, whoever wanted it before.
local function keep_alive(ttl)
  if ttl == '' then
    if redis.call('PERSIST', meta) == 1 then
      redis.call('PERSIST', data)
      redis.call('PERSIST', index)
    end
    return
  end
  local time = redis.call('TIME')
  local last = time[1] * 1000 + math.floor(time[2] / 1000)
  local found = redis.call('HMGET', meta, 'wake', 'until')
  for place = 1, 2 do
    local moment = found[place]
    if moment and string.sub(moment, 1, 1) == '1' then
      last = math.max(last, math.ceil(tonumber(string.sub(moment, 2)) / 1000))
    end
  end
  local expiry = last + tonumber(ttl)
  for _, key in ipairs({meta, data, index}) do
    if expiry < 2 ^ 52 then
      redis.call('PEXPIREAT', key, string.format('%.0f', expiry))
    else
      redis.call('PERSIST', key)
    end
  end
end
