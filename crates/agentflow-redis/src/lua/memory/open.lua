-- The layout of a memory, which is this build's if there is none yet, and what else who
-- begins to use it must know.
redis.call('ZCARD', index)
local layout = redis.call('HGET', data, 'm:layout')
if not layout then
  layout = arg()
  redis.call('HSET', data, 'm:layout', layout)
end
return {layout, revision_now(), dims_of_all()}
