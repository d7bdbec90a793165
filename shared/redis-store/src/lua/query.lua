-- KEYS: the listing, the start of its items' keys, which of them expire.
-- ARGV: the first name wanted, the one to stop before, 'REV' or '', limit, byte budget.
-- Gives the last member looked at ('' at the end), then members and values.
local limit, budget = tonumber(ARGV[4]), tonumber(ARGV[5])
local now = clock()
local members = names_between(KEYS[1], ARGV[1], ARGV[2], ARGV[3], limit + 1)

local reply, gone, bytes, seen = {''}, {}, 0, 0
local wanted = math.min(limit, #members)
while seen < wanted and bytes < budget do
  local upto = math.min(seen + 32, wanted)
  local items = {}
  for i = seen + 1, upto do items[#items + 1] = KEYS[2] .. members[i] end
  for i, value in ipairs(redis.call('MGET', unpack(items))) do
    local member = members[seen + i]
    if not value then
      gone[#gone + 1] = member
    elseif visible(value, now) then
      reply[#reply + 1] = member
      reply[#reply + 1] = value
      bytes = bytes + #value
    end
  end
  seen = upto
end
for _, member in ipairs(gone) do remove_name(KEYS[1], member) end
in_pieces('ZREM', KEYS[3], gone)
if seen < #members then reply[1] = members[seen] end
return reply
