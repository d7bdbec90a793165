-- KEYS: the log, the outbox. ARGV: the first position to keep.
local keep = ARGV[1]
local waiting = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
if waiting then
  local first = string.match(waiting[1], '^%d+')
  if tonumber(first) < tonumber(keep) then keep = first end
end
redis.call('XTRIM', KEYS[1], 'MINID', keep .. '-0')
-- An empty stream would keep the tenant's name; ids do not depend on it.
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[1]) end
