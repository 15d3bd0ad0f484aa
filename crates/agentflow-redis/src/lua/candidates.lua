-- Threads that may be due, the earliest first, with times and claims.
local list = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', ARGV[2], ARGV[3])
local threads, times, claims = {}, {}, {}
for place = 1, #list, 2 do
  threads[#threads + 1] = list[place]
  times[#times + 1] = list[place + 1]
  claims[#claims + 1] = redis.call('HGET', KEYS[2], list[place]) or '0'
end
return {threads, times, claims}
