-- KEYS: the due index, the start of its items' keys. ARGV: limit, hold in µs, byte budget.
-- Gives tenant, rest of the key and value of each claimed item.
local limit, hold, budget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock()
local reply, claimed, stale, bytes = {}, 0, 0, 0
-- Each pass moves or removes what it looked at. A long row of expired items must not hold up the server.
while claimed < limit and stale < 2000 and bytes < budget do
  local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now), 'LIMIT', 0, math.min(limit - claimed, 32))
  if #members == 0 then break end
  for _, member in ipairs(members) do
    local cut = string.find(member, '\0', 1, true)
    local tenant, rest = string.sub(member, 1, cut - 1), string.sub(member, cut + 1)
    local value = redis.call('GET', KEYS[2] .. tenant .. ':' .. rest)
    if visible(value, now) then
      redis.call('ZADD', KEYS[1], digits(now + hold), member)
      reply[#reply + 1] = tenant
      reply[#reply + 1] = rest
      reply[#reply + 1] = value
      claimed, bytes = claimed + 1, bytes + #value
    else
      redis.call('ZREM', KEYS[1], member)
      stale = stale + 1
    end
  end
end
return reply
