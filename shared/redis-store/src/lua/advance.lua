-- KEYS: the lease, the cursors, the outbox. ARGV: the lease's version, the first id to keep, then groups and positions.
if version_of(KEYS[1], clock()) ~= ARGV[1] then return 0 end
local cursors = {}
for i = 3, #ARGV do cursors[i - 2] = ARGV[i] end
in_pieces('HSET', KEYS[2], cursors)
redis.call('XTRIM', KEYS[3], 'MINID', ARGV[2])
return 1
