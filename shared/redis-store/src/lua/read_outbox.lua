-- KEYS: the outbox, the flag that asks the next commit with events for a hint. ARGV: behind which id, limit.
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
if #entries == 0 then redis.call('SET', KEYS[2], '1', 'NX') end
return entries
