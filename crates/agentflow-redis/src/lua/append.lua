-- Adds entries to the stream log, of which only the last are given, and forgets all but the
-- newest `keep`.
local ttl, token, epoch, added, keep = arg(), arg(), arg(), tonumber(arg()), tonumber(arg())
expect_ours()
local newest, kept, last = log_ends()
-- This very call was carried out before, and its answer was lost.
if last == token then return {'ok', string.format('%.0f', newest)} end
local refusal = fenced(epoch)
if refusal then return refusal end
if added == 0 then return {'ok', string.format('%.0f', newest)} end

local given = args(arg())
local items, gone = {}, {}
for place, value in ipairs(given) do
  items[#items + 1] = string.format('l:%.0f', newest + added - #given + place)
  items[#items + 1] = value
end
for position = newest - kept + 1, math.min(newest, newest + added - keep) do
  gone[#gone + 1] = string.format('l:%.0f', position)
end
-- The first write, which refuses when the numbers are used up.
redis.call('HINCRBY', meta, 'logged', added)
redis.call('HSET', meta, 'kept', math.min(kept - #gone + #given, keep), 'append', token)
batched('HDEL', data, gone)
batched('HSET', data, items)
keep_alive(ttl)
return {'ok', string.format('%.0f', newest + added)}
