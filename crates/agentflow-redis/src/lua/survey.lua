-- The names of all that a thread has.
return {redis.call('HGET', meta, 'cut') or '0', redis.call('HKEYS', data)}
