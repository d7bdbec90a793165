-- KEYS: the lease. ARGV: its version.
if version_of(KEYS[1], clock()) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
