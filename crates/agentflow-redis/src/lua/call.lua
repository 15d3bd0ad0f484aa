-- What every script of several parts is given, and how it gives on.

-- Arguments of one call: Lua's stack is short.
local BATCH = 500

local taken_args = 0
local function arg()
  taken_args = taken_args + 1
  return ARGV[taken_args]
end

local function args(count)
  local list = {}
  for place = 1, tonumber(count) do list[place] = arg() end
  return list
end

local function batched(command, key, items)
  for from = 1, #items, BATCH do
    redis.call(command, key, unpack(items, from, math.min(from + BATCH - 1, #items)))
  end
end
