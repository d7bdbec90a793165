-- Ordered sets of names in little memory. Names stand in pages, small enough for Redis to keep each as bytes in a row. A set's
-- directory is a sorted set with a member `<first>\0<shared><kind><id>` for each page: the page's first name, how many bytes
-- of it all names of the page start with (the page leaves them out), and what follows the directory's key and a ':' in the
-- page's key. So a page reaches from its first name to the one before the next member. Pages of the kind 's' are sorted
-- sets, which know where a name belongs; a long name would make a large one of its page, so that is a list, kind 'l'.
-- A member without '\0' is a name itself, a loose one: all names were before there were pages. It becomes part of a page
-- when a name next to it is added.
-- Numbers that are known are written as text: Redis spends more on turning them into it than on some commands.
local FULL = 96 -- names at which a page is split in two, once somebody looks; from 128 on Redis keeps it in another way
local SELDOM = 4 -- of so many names one is the occasion to look
local LONG = 64 -- bytes up to which Redis keeps names in a small sorted set
local GATHERED = 64 -- loose names that become a page at a time
local loose_left = 2000 -- that a call may gather, so that it does not hold up the server
local page_ids, pages_made -- the start of ids that no other call uses, and how many have been used
local names_added -- from a number on that is another one for each call

-- Whether `a` comes before `b`, by their bytes; `<` goes by the server's locale.
local function before(a, b)
  for i = 1, #a do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return y ~= nil and x < y end
  end
  return #a < #b
end

local function starts_with(name, prefix) return string.sub(name, 1, #prefix) == prefix end

-- The first of 1 to `count` for which `holds`, as it does for all that follow; `count + 1` if there is none.
local function first_where(count, holds)
  local low, high = 1, count + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if holds(middle) then high = middle else low = middle + 1 end
  end
  return low
end

-- The member that the name belongs to, if it is there; nothing if it comes before all.
local function member_for(directory, name)
  return redis.call('ZRANGE', directory, '[' .. name .. '\0\255', '-', 'BYLEX', 'REV', 'LIMIT', '0', '1')[1]
end

-- What a member says of its page; nothing if it is a loose name.
local function page_of(directory, member)
  local first, shared, kind, id = string.match(member, '^(.*)%z(%d+)(.)(.*)$')
  if not first then return nil end
  return {
    member = member, first = first, prefix = string.sub(first, 1, tonumber(shared)),
    key = directory .. ':' .. id, is_list = kind == 'l',
  }
end

local function rests_in(page, from, to)
  return redis.call(page.is_list and 'LRANGE' or 'ZRANGE', page.key, from, to)
end

local function names_in(page)
  local names = rests_in(page, 0, -1)
  for i, rest in ipairs(names) do names[i] = page.prefix .. rest end
  return names
end

local function write_page(directory, names, from, to)
  local first, last, shared = names[from], names[to], 0
  while shared < #first and string.byte(first, shared + 1) == string.byte(last, shared + 1) do shared = shared + 1 end
  local rests, scored, kind = {}, {}, 's'
  for i = from, to do
    local rest = string.sub(names[i], shared + 1)
    if #rest > LONG then kind = 'l' end
    rests[#rests + 1] = rest
    scored[#scored + 1] = '0'
    scored[#scored + 1] = rest
  end
  pages_made = pages_made + 1
  local id = page_ids .. '.' .. pages_made
  if kind == 'l' then
    in_pieces('RPUSH', directory .. ':' .. id, rests)
  else
    in_pieces('ZADD', directory .. ':' .. id, scored)
  end
  redis.call('ZADD', directory, '0', first .. '\0' .. shared .. kind .. id)
end

local function take_page(directory, page)
  local names = names_in(page)
  redis.call('DEL', page.key)
  redis.call('ZREM', directory, page.member)
  return names
end

-- From this one on, up to the next page.
local function take_loose(directory, member)
  local names = {}
  for _, name in ipairs(redis.call('ZRANGE', directory, '[' .. member, '+', 'BYLEX', 'LIMIT', 0, GATHERED)) do
    if string.find(name, '\0', 1, true) then break end
    names[#names + 1] = name
  end
  loose_left = loose_left - #names
  in_pieces('ZREM', directory, names)
  return names
end

-- Writes names that were taken out, and one more, as one page or two.
local function write_with(directory, names, name)
  local place = first_where(#names, function(i) return not before(names[i], name) end)
  if names[place] ~= name then table.insert(names, place, name) end
  local middle = #names >= FULL and math.floor(#names / 2) or #names
  write_page(directory, names, 1, middle)
  if middle < #names then write_page(directory, names, middle + 1, #names) end
end

local function insert_in_list(key, rest)
  -- All of them at once cost less than the few that a search of the list would ask for one by one.
  local rests = redis.call('LRANGE', key, '0', '-1')
  local follower = rests[first_where(#rests, function(i) return not before(rests[i], rest) end)]
  if not follower then return redis.call('RPUSH', key, rest) end
  return follower == rest and 0 or redis.call('LINSERT', key, 'BEFORE', follower, rest)
end

-- Whether the page has the name then and is not full.
local function insert(page, name)
  if not starts_with(name, page.prefix) then return false end
  local rest = string.sub(name, #page.prefix + 1)
  if page.is_list then return insert_in_list(page.key, rest) < FULL end
  if #rest > LONG then return false end
  names_added = names_added + 1
  if redis.call('ZADD', page.key, '0', rest) == 0 or names_added % SELDOM > 0 then return true end
  return redis.call('ZCARD', page.key) < FULL
end

local function add_name(directory, name)
  local member = member_for(directory, name)
  local first = not member and redis.call('ZRANGE', directory, 0, 0)[1]
  if not member and not first then return write_with(directory, {}, name) end
  local page = page_of(directory, member or first)
  if page then
    if not member or not insert(page, name) then write_with(directory, take_page(directory, page), name) end
  elseif loose_left > 0 then
    write_with(directory, take_loose(directory, member or first), name)
  else
    redis.call('ZADD', directory, '0', name)
  end
end

local function remove_name(directory, name)
  local member = member_for(directory, name)
  if not member then return end
  local page = page_of(directory, member)
  if not page then return redis.call('ZREM', directory, name) end
  if not starts_with(name, page.prefix) then return end
  local rest = string.sub(name, #page.prefix + 1)
  if page.is_list then redis.call('LREM', page.key, 1, rest) else redis.call('ZREM', page.key, rest) end
  if name == page.first then
    -- Nothing is left of a name that was removed, and no page without names.
    redis.call('ZREM', directory, member)
    local next = rests_in(page, 0, 0)[1]
    if next then redis.call('ZADD', directory, '0', page.prefix .. next .. string.sub(member, #name + 1)) end
  end
end

-- Up to `limit` names from `low` on and before `high`, '' being no bound; from the last one on if `order` is 'REV'.
local function names_between(directory, low, high, order, limit)
  local reversed, names = order == 'REV', {}
  local function above(name) return not before(name, low) end
  local function below(name) return high == '' or before(name, high) end
  local begun, goes_on = reversed and below or above, reversed and above or below

  local start = member_for(directory, low)
  local from, to = start and '[' .. start or '-', high == '' and '+' or '(' .. high
  repeat
    local members = reversed and redis.call('ZRANGE', directory, to, from, 'BYLEX', 'REV', 'LIMIT', 0, 8)
      or redis.call('ZRANGE', directory, from, to, 'BYLEX', 'LIMIT', 0, 8)
    for _, member in ipairs(members) do
      if #names >= limit then break end
      local page = page_of(directory, member)
      local more = page and names_in(page) or {member}
      local function nth(i) return more[reversed and #more + 1 - i or i] end
      -- Pages reach over the bounds at both ends.
      local first = #names > 0 and 1 or first_where(#more, function(i) return begun(nth(i)) end)
      for i = first, #more do names[#names + 1] = nth(i) end
    end
    local last = '(' .. (members[#members] or '')
    if reversed then to = last else from = last end
  until #members < 8 or #names >= limit

  local stop = first_where(#names, function(i) return not goes_on(names[i]) end)
  for i = #names, math.min(stop, limit + 1), -1 do names[i] = nil end
  return names
end
