-- KEYS and ARGV in the order of the calls of key() and arg() below; `commit.rs` writes the same order.
local k, a = 0, 0
local function key() k = k + 1 return KEYS[k] end
local function arg() a = a + 1 return ARGV[a] end

local sequence_key = key()
local shard, tenant, root = arg(), arg(), tonumber(arg())
local conditions, events, scopes = tonumber(arg()), tonumber(arg()), tonumber(arg())
local quota, retention = tonumber(arg()), tonumber(arg())
local now = clock()

-- Every check comes before the first write: a script is isolated, but does not roll back.
for i = 1, conditions do
  if version_of(key(), now) ~= arg() then return {'conflict', i} end
end
local outbox, armed, log, data_listing, data_expiring, data_items
if events > 0 then
  outbox, armed, log, data_listing, data_expiring, data_items = key(), key(), key(), key(), key(), key()
  if redis.call('XLEN', outbox) >= quota then return {'full', 0} end
end

local stamp = reserve(sequence_key, now, math.max(events, 1))
local version = struct.pack('>I8', stamp)
page_ids, pages_made, names_added = digits(stamp), 0, stamp % SELDOM

-- What follows `sb:{s…}:i:<scope>:<tenant>:` in an item's key.
local function rest_of(item, scope) return string.sub(item, root + #scope + #tenant + 5) end

-- Hints may get lost, so a user without the channel must not lose its commit half-way.
local function hint(text) redis.pcall('PUBLISH', 'sb:hints', text) end

local leaving = {}
for i = 0, events - 1 do
  local item = key() .. string.format('%020.0f', stamp + i)
  local envelope, format, data, logged = arg(), arg(), arg(), arg()
  local expires = now + retention
  local stored = format .. version .. struct.pack('>I8I8', expires, 0) .. data
  redis.call('SET', item, stored, 'PXAT', milliseconds(expires))
  local id = digits(stamp + i) .. '-0'
  redis.call('XADD', outbox, id, 'e', envelope)
  if logged == '1' then redis.call('XADD', log, id, 'e', envelope) end
  local rest = rest_of(item, 'events')
  add_name(data_listing, rest)
  leaving[#leaving + 1] = milliseconds(expires)
  leaving[#leaving + 1] = rest
end
if events > 0 then
  in_pieces('ZADD', data_expiring, leaving)
  prune(data_listing, data_expiring, data_items, now, events)
  if redis.call('DEL', armed) == 1 then hint('outbox ' .. shard) end
end

for _ = 1, scopes do
  local listing, expiring, items, due = key(), key(), key(), key()
  local scope, puts, deletes = arg(), tonumber(arg()), tonumber(arg())
  local removed, leaving, timed, untimed, earliest = {}, {}, {}, {}, nil
  for _ = 1, puts do
    local item, format, packed = key(), arg(), arg()
    local rest = rest_of(item, scope)
    local expires, due_at = struct.unpack('>I8I8', packed)
    -- What is there is listed.
    if redis.call('EXISTS', item) == 0 then add_name(listing, rest) end
    if expires == 0 then
      redis.call('SET', item, format .. version .. packed)
    else
      redis.call('SET', item, format .. version .. packed, 'PXAT', milliseconds(expires))
      leaving[#leaving + 1] = milliseconds(expires)
      leaving[#leaving + 1] = rest
    end
    if due_at == 0 then
      untimed[#untimed + 1] = tenant .. '\0' .. rest
    else
      timed[#timed + 1] = digits(due_at)
      timed[#timed + 1] = tenant .. '\0' .. rest
      if not earliest or due_at < earliest then earliest = due_at end
    end
  end
  for i = 1, deletes do
    local item = key()
    redis.call('DEL', item)
    removed[i] = rest_of(item, scope)
    remove_name(listing, removed[i])
    untimed[#untimed + 1] = tenant .. '\0' .. removed[i]
  end
  in_pieces('ZREM', expiring, removed)
  if #leaving > 0 then
    in_pieces('ZADD', expiring, leaving)
    prune(listing, expiring, items, now, #leaving / 2)
  end
  in_pieces('ZREM', due, untimed)
  if earliest then
    local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
    in_pieces('ZADD', due, timed)
    if not first or earliest < tonumber(first) then hint('due ' .. shard .. ' ' .. scope) end
  end
end

for _ = 1, tonumber(arg()) do
  local index = key()
  key() -- which there never is
  local removed, added, stamped = tonumber(arg()), tonumber(arg()), tonumber(arg())
  for _ = 1, removed do remove_name(index, arg()) end
  for _ = 1, added do add_name(index, arg()) end
  for _ = 1, stamped do add_name(index, arg() .. string.format('%020.0f', stamp) .. arg()) end
end
return {'done', digits(stamp)}
