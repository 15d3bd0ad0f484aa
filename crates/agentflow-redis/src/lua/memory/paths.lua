-- The paths of items that are there, each once and in order, and where the next ones are
-- looked for; nowhere if all were.
local from, now, steps = arg(), arg(), tonumber(arg())
local paths = {}
local revision = revision_now()
while steps > 0 and from ~= '' do
  steps = steps - 1
  local members = redis.call('ZRANGEBYLEX', index, from, '(i;', 'LIMIT', 0, 16)
  from = #members == 16 and '(' .. members[16] or ''
  for _, member in ipairs(members) do
    local name = string.sub(member, 3)
    if is_there(redis.call('HGET', data, 't:' .. name), now) then
      -- Up to the NUL behind its last label. Behind that a 1 is behind all its items, and
      -- not behind those of the paths in it.
      local path = string.sub(name, 1, string.find(name, '\0\0', 1, true))
      paths[#paths + 1] = path
      from = '[i:' .. path .. '\1'
      break
    end
  end
end
return {revision, from, paths}
