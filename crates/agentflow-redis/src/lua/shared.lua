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

-- The values of `names`, false for each that is not there.
local function values_of(names)
  local values = {}
  for from = 1, #names, BATCH do
    local some = redis.call('HMGET', data, unpack(names, from, math.min(from + BATCH - 1, #names)))
    for place = 1, #some do values[from + place - 1] = some[place] end
  end
  return values
end

-- Fails before anything is written if a key is another program's.
local function expect_ours()
  redis.call('HLEN', meta)
  redis.call('HLEN', data)
  redis.call('ZCARD', index)
end

local function padded(number)
  return string.rep('0', 20 - #number) .. number
end

local function names_under(prefix)
  return redis.call('ZRANGEBYLEX', index, '[' .. prefix .. ':', '(' .. prefix .. ';')
end

-- Why a writer of this epoch may not write, if so; if not, when the thread wakes.
local function fenced(epoch)
  local found = redis.call('HMGET', meta, 'epoch', 'owner', 'wake')
  if found[2] and found[1] == epoch then return nil, found[3] end
  return {'fenced', found[1] or '0', found[2] or ''}
end

-- The newest position of the stream log, how many entries there are, and which append was
-- the last. A delete, also by a build that knows no stream log, takes the entries and leaves
-- their number.
local function log_ends()
  local found = redis.call('HMGET', meta, 'logged', 'kept', 'append')
  local newest, kept = tonumber(found[1] or '0'), tonumber(found[2] or '0')
  if kept > 0 and redis.call('HEXISTS', data, string.format('l:%.0f', newest)) == 0 then kept = 0 end
  return newest, kept, found[3]
end

local function head_of(graph)
  local head = redis.call('HGET', data, 'h:' .. graph)
  return head and string.sub(head, 1, 20) or ''
end

-- Why a wake-up may not be set under this claim, if so: it was given up meanwhile.
local function unclaimed(claim)
  if claim == '' then return nil end
  local least = redis.call('HGET', meta, 'claimed')
  if least and tonumber(claim) <= tonumber(least) then return {'claim', least} end
  return nil
end

local function set_wake(mode, time, seen)
  if mode == 'keep' then return end
  if mode == 'after' then
    local newest = redis.call('ZREVRANGEBYLEX', index, '(e;', '[e:', 'LIMIT', 0, 1)[1]
    if newest and string.sub(newest, 3) > seen then
      local wake = redis.call('HGET', meta, 'wake')
      if time == '' or (wake and wake < time) then return end
    end
  end
  if time == '' then
    redis.call('HDEL', meta, 'wake')
  else
    redis.call('HSET', meta, 'wake', time)
  end
end

-- Writes records to a checkpoint that is there: for each whether the first wins, its name
-- and its value.
local function add_records(graph, id, count)
  for _ = 1, tonumber(count) do
    local first_wins, name, value = arg(), 'r:' .. graph .. ':' .. id .. ':' .. arg(), arg()
    redis.call(first_wins == '1' and 'HSETNX' or 'HSET', data, name, value)
    redis.call('ZADD', index, 0, name)
  end
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
