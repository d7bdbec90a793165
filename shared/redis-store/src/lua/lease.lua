-- KEYS: the shard's sequence, the lease. ARGV: holder, time to live in µs. Gives the lease's version, or nothing.
local now = clock()
local current, version = redis.call('GET', KEYS[2]), nil
if visible(current, now) then
  if string.sub(current, HEAD + 17) ~= ARGV[1] then return false end
  version = string.sub(current, 2, HEAD)
else
  version = struct.pack('>I8', reserve(KEYS[1], now, 1))
end
local expires = now + tonumber(ARGV[2])
local value = '\1' .. version .. struct.pack('>I8I8', expires, 0) .. ARGV[1]
redis.call('SET', KEYS[2], value, 'PXAT', milliseconds(expires))
return version
