-- Where the stream log begins and ends, and its entries after a position: as many as are
-- asked for, and one at least, but no more bytes than that.
local after, limit, bytes_max = tonumber(arg()), tonumber(arg()), tonumber(arg())
local newest, kept = log_ends()
local oldest = newest - kept + 1
local first = math.min(math.max(after + 1, oldest), newest + 1)
local entries, bytes = {}, 0
for position = first, math.min(newest, first + limit - 1) do
  local value = redis.call('HGET', data, string.format('l:%.0f', position))
  bytes = bytes + (value and #value or 0)
  if bytes > bytes_max and #entries > 0 then break end
  entries[#entries + 1] = value
end
local function text(number) return string.format('%.0f', number) end
return {text(oldest), text(newest), text(first), entries}
