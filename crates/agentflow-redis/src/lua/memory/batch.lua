-- One batch: what it reads, as it was before, and then all that it writes.
--
-- `token` names a batch that writes. `known`, if the call is sent again because its answer
-- was lost, is a revision before the first time it was sent. `expected`, if not empty, is
-- the revision that its searches saw. `kept` is how many tokens are remembered.
local token, known, expected, kept = arg(), arg(), arg(), tonumber(arg())
local now, dims = arg(), arg()
redis.call('ZCARD', index)
local revision = revision_now()
-- Whichever of the two arrives first: the other may wait in a connection that is given up.
if token ~= '' and redis.call('HEXISTS', data, 'd:' .. token) == 1 then return {'done', revision} end
-- It may have been done so long ago that nobody remembers.
if known ~= '' and tonumber(revision) - tonumber(known) > kept then return {'doubt', revision} end
if expected ~= '' and expected ~= revision then return {'moved', revision} end
if dims ~= '' then
  local found = dims_of_all()
  if found ~= '' and found ~= dims then return {'dims', revision, found} end
end

-- The sum of two numbers of 20 digits, in halves that a double holds exactly.
local function sum(a, b)
  local low = tonumber(string.sub(a, 11)) + tonumber(string.sub(b, 11))
  local high = tonumber(string.sub(a, 1, 10)) + tonumber(string.sub(b, 1, 10))
  return string.format('%010.0f%010.0f', high + math.floor(low / 1e10), low % 1e10)
end

-- The moment so many microseconds later, and the last there is if that is too late.
local function after(moment, micros)
  local later = sum(moment, micros)
  if string.sub(moment, 1, 1) == '0' then
    -- Moments before 1970 count from the earliest, which is 2^63 before it; those after it
    -- have a 1 in front of 19 digits.
    if later < '09223372036854775808' then return later end
    later = sum(later, '00776627963145224192')
  end
  return later < '19223372036854775807' and later or '19223372036854775807'
end

local all_times, values, renewed = {}, {}, {}
for place = 1, tonumber(arg()) do
  local name, renews = arg(), arg() == '1'
  local found = redis.call('HMGET', data, 't:' .. name, 'v:' .. name)
  local times, value = found[1], found[2]
  if not is_there(times, now) then
    times, value = false, false
  elseif renews and #times > 40 then
    local ends = after(now, string.sub(times, 41, 60))
    if ends > string.sub(times, 61) then
      renewed[#renewed + 1] = {name, times, string.sub(times, 1, 60) .. ends}
      times = renewed[#renewed][3]
    end
  end
  all_times[place], values[place] = times, value
end

-- What was read before: only ever later, and only an item that still lives as long.
for _ = 1, tonumber(arg()) do
  local name, lifetime, ends = arg(), arg(), arg()
  local times = redis.call('HGET', data, 't:' .. name)
  if is_there(times, now) and string.sub(times, 41, 60) == lifetime and string.sub(times, 61) < ends then
    renewed[#renewed + 1] = {name, times, string.sub(times, 1, 60) .. ends}
  end
end
for _, one in ipairs(renewed) do
  local name, before, times = one[1], one[2], one[3]
  redis.call('HSET', data, 't:' .. name, times)
  move_end(name, before, times)
end

local count = tonumber(arg())
if count == 0 then return {'ok', revision, all_times, values} end
for _ = 1, count do
  local kind, name = arg(), arg()
  if kind == 'delete' then
    forget(name)
  else
    -- How long it lives and until when, or nothing.
    local kept_for, value, vectors = arg(), arg(), arg()
    local before = redis.call('HGET', data, 't:' .. name)
    local created = is_there(before, now) and string.sub(before, 1, 20) or now
    local times = created .. now .. kept_for
    redis.call('HSET', data, 't:' .. name, times, 'v:' .. name, value)
    redis.call('ZADD', index, 0, 'i:' .. name)
    move_end(name, before or '', times)
    set_vectors(name, vectors)
  end
end
if dims ~= '' then redis.call('HSET', data, 'm:dims', dims) end
redis.call('HINCRBY', data, 'm:revision', 1)
revision = revision_now()
redis.call('HSET', data, 'd:' .. token, revision)
redis.call('ZADD', index, 0, 'd:' .. string.format('%020.0f', revision) .. token)
local last = tonumber(revision) - kept
if last > 0 then
  local old = redis.call('ZRANGEBYLEX', index, '[d:', '(d:' .. string.format('%020.0f', last) .. ';')
  for _, member in ipairs(old) do
    redis.call('HDEL', data, 'd:' .. string.sub(member, 23))
    redis.call('ZREM', index, member)
  end
end
return {'ok', revision, all_times, values}
