-- All of a thread but its lease and its stream log.
local known = redis.call('ZLEXCOUNT', index, '[c:', '(c;') + redis.call('ZLEXCOUNT', index, '[e:', '(e;')
if known == 0 then return {} end
local found = redis.call('HMGET', meta, 'wake', 'newest')
local names, entries = {}, {}
for _, name in ipairs(redis.call('HKEYS', data)) do
  if string.sub(name, 1, 2) ~= 'l:' then names[#names + 1] = name end
end
local values = values_of(names)
for place, name in ipairs(names) do
  entries[2 * place - 1], entries[2 * place] = name, values[place]
end
return {found[1], found[2] or '0', entries, redis.call('ZRANGE', index, 0, -1)}
