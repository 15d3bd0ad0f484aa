-- One checkpoint with its values and records. Its entry says where in its JSON the list of
-- its fields is; one whose numbers Lua cannot read exactly has no such place, and its values
-- are asked for by name.
local graph, id, known = arg(), arg(), arg()
if id == '' then id = head_of(graph) end
local entry = redis.call('HGET', data, 'c:' .. graph .. ':' .. id)
if not entry then return {} end
local format, offset, length, rest = string.match(entry, '^(%d+) (%d+) (%d+)\n()')
if tonumber(format) > tonumber(known) then return {id, entry, {}, {}, {}, {}} end

local names = {}
local function wanted(field, at)
  names[#names + 1] = 'v:' .. graph .. ':' .. string.format('%020.0f', at) .. ':' .. field
end
if tonumber(length) > 0 then
  local first = rest + tonumber(offset)
  local fields = cjson.decode(string.sub(entry, first, first + tonumber(length) - 1))
  for field, pieces in pairs(fields) do
    if type(pieces) == 'number' then
      wanted(field, pieces)
    else
      for _, run in ipairs(pieces) do
        for place = 0, run[2] - 1 do wanted(field, run[1] + place * run[3]) end
      end
    end
  end
end
local records = names_under('r:' .. graph .. ':' .. id)
return {id, entry, names, values_of(names), records, values_of(records)}
