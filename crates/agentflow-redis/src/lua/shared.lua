-- What the scripts on one thread share, beyond what each of them needs.

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
local function add_records(count)
  for _ = 1, tonumber(count) do
    local first_wins, name, value = arg(), arg(), arg()
    redis.call(first_wins == '1' and 'HSETNX' or 'HSET', data, name, value)
    redis.call('ZADD', index, 0, name)
  end
end
