-- A graph's checkpoints below one, newest first.
local graph, before, limit = arg(), arg(), arg()
local prefix = 'c:' .. graph .. ':'
local below = before == '' and '(c:' .. graph .. ';' or '(' .. prefix .. before
local names = redis.call('ZREVRANGEBYLEX', index, below, '[' .. prefix, 'LIMIT', 0, limit)
return {redis.call('HGET', meta, 'cut') or '0', names, values_of(names)}
