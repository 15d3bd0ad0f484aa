-- Entries of a thread by their names, and which life and shape of it they are of.
local names = args(arg())
return {redis.call('HGET', meta, 'cut') or '0', values_of(names)}
