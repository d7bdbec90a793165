-- Runs before every other script. A stored value is a byte for its format, its version, when it expires and when it is due
-- (0: never) as big-endian 64-bit integers, then the caller's bytes. Times are microseconds: doubles hold them exactly until 2255.
local HEAD = 9 -- the bytes of format and version

local function digits(number) return string.format('%.0f', number) end

local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- Redis itself drops a key in the millisecond of its expiry; this makes it the microsecond.
local function visible(value, now)
  if not value or value == '' then return false end
  local expires = struct.unpack('>I8', value, HEAD + 1)
  return expires == 0 or expires > now
end

-- The version, as it is stored, of what is under the key; '' when nothing visible is.
local function version_of(key, now)
  local start = redis.call('GETRANGE', key, 0, HEAD + 7)
  return visible(start, now) and string.sub(start, 2, HEAD) or ''
end

local function milliseconds(micros) return digits(math.max(1, math.floor(micros / 1000))) end

-- The shard's next stamp, reserving `count` in a row.
local function reserve(key, now, count)
  local last = tonumber(redis.call('GET', key) or '0')
  local stamp = math.max(last + 1, now)
  redis.call('SET', key, digits(stamp + count - 1))
  return stamp
end

-- Calls with a long list in pieces: `unpack` fails on a few thousand.
local function in_pieces(command, key, list, first, last)
  last = last or #list
  for from = first or 1, last, 200 do
    redis.call(command, key, unpack(list, from, math.min(from + 199, last)))
  end
end
