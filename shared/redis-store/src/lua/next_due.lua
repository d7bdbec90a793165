-- KEYS: the due index, the start of its items' keys.
local now = clock()
local first
for _ = 1, 1000 do
  first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  if not first[1] then return false end
  local cut = string.find(first[1], '\0', 1, true)
  local item = KEYS[2] .. string.sub(first[1], 1, cut - 1) .. ':' .. string.sub(first[1], cut + 1)
  if version_of(item, now) ~= '' then break end
  redis.call('ZREM', KEYS[1], first[1])
end
return first[2]
