-- What the scripts on one memory share. A script reads all it needs and decides before its
-- first write: Redis does not take back what a script wrote before it failed.
--
-- `data` (hash): `t:name` the times of an item, `v:name` its value, `x:name` its vectors;
--   `m:revision` counts the batches that wrote, `m:vectors` the items with vectors, `m:dims`
--   says how many numbers a vector has, `m:layout` how all this is laid out; `d:token` is
--   there for each of the last batches that wrote.
-- `index` (sorted set, by bytes): `i:name` of each item, `e:moment` and name of each that
--   expires, `d:revision` and token of each of the last batches.
--
-- A name is the labels of a path with a NUL behind each, a NUL, and a key: no label and no
-- key has a NUL, and none is empty, so that names order as paths and keys do. Times are when
-- the item was created and put, and, of an item that expires, how long it lives and until
-- when: 20 digits each.
--
-- Neither key vanishes once something was written, since each batch leaves its token: while
-- a Cluster moves the slot, a script may not touch a key that is not there.
local data, index = KEYS[1], KEYS[2]

-- Whether an item of these times is there.
local function is_there(times, now)
  return times and (#times == 40 or string.sub(times, 61) > now)
end

-- Lets the index of what expires follow an item's times.
local function move_end(name, before, times)
  local old, new = string.sub(before, 61), string.sub(times, 61)
  if old == new then return end
  if old ~= '' then redis.call('ZREM', index, 'e:' .. old .. name) end
  if new ~= '' then redis.call('ZADD', index, 0, 'e:' .. new .. name) end
end

local function set_vectors(name, vectors)
  if vectors ~= '' then
    if redis.call('HSET', data, 'x:' .. name, vectors) == 1 then
      redis.call('HINCRBY', data, 'm:vectors', 1)
    end
  elseif redis.call('HDEL', data, 'x:' .. name) == 1 then
    redis.call('HINCRBY', data, 'm:vectors', -1)
  end
end

local function forget(name)
  local before = redis.call('HGET', data, 't:' .. name)
  if not before then return end
  redis.call('HDEL', data, 't:' .. name, 'v:' .. name)
  redis.call('ZREM', index, 'i:' .. name)
  move_end(name, before, '')
  set_vectors(name, '')
end

-- How many numbers the vectors have, if there are any.
local function dims_of_all()
  local found = redis.call('HMGET', data, 'm:dims', 'm:vectors')
  return (found[2] or '0') ~= '0' and found[1] or ''
end

local function revision_now()
  return redis.call('HGET', data, 'm:revision') or '0'
end
