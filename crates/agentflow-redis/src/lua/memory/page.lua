-- The next items of some ranges, in order, those that are there: as many as fit into a page,
-- without the first `skip` of them. A page has one item at least, however large it is. Says how many are still to be skipped, how many ranges
-- are done with, and where the next one goes on, if not at its beginning.
local now, names_max, bytes_max = arg(), tonumber(arg()), tonumber(arg())
local skip, wants_vectors = tonumber(arg()), arg() == '1'
local bounds = args(arg())
local names, all_times, values, all_vectors = {}, {}, {}, {}
local left, bytes = names_max, 0

local function add(name, times)
  local value = redis.call('HGET', data, 'v:' .. name)
  local vectors = wants_vectors and redis.call('HGET', data, 'x:' .. name) or ''
  local place = #names + 1
  names[place], all_times[place], values[place], all_vectors[place] = name, times, value, vectors
  bytes = bytes + #name + #(value or '') + #vectors
end

local function page()
  for range = 1, #bounds, 2 do
    local from, to = bounds[range], bounds[range + 1]
    local members = redis.call('ZRANGEBYLEX', index, from, to, 'LIMIT', 0, left)
    for _, member in ipairs(members) do
      local name = string.sub(member, 3)
      local times = redis.call('HGET', data, 't:' .. name)
      if is_there(times, now) then
        if skip > 0 then
          skip = skip - 1
        elseif bytes >= bytes_max then
          return range, '[' .. member
        else
          add(name, times)
        end
      end
    end
    left = left - #members
    if left == 0 then return range, '(' .. members[#members] end
  end
  return #bounds + 1, ''
end

local range, from = page()
local done = string.format('%.0f', (range - 1) / 2)
return {
  revision_now(), dims_of_all(), string.format('%.0f', skip), done, from,
  names, all_times, values, all_vectors
}
