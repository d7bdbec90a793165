-- KEYS: the index, a key that there never is. ARGV: the first name wanted, the one to stop before, 'REV' or '', limit.
return names_between(KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]))
