-- Takes names out of a listing whose items are gone, a few more than come in at a time, so that it never gets behind.
local function prune(listing, expiring, items, now, added)
  local names = redis.call('ZRANGEBYSCORE', expiring, '-inf', '(' .. milliseconds(now), 'LIMIT', 0, 2 * added + 2)
  local gone, settled = {}, {}
  for _, name in ipairs(names) do
    local start = redis.call('GETRANGE', items .. name, 0, HEAD + 7)
    if start == '' then gone[#gone + 1] = name end
    -- One that is visible was put again, for good. One that Redis has yet to let go of is left for the next time.
    if start == '' or visible(start, now) then settled[#settled + 1] = name end
  end
  for _, name in ipairs(gone) do remove_name(listing, name) end
  in_pieces('ZREM', expiring, settled)
end
