-- KEYS: the bucket. ARGV: tokens wanted, tokens a second, tokens it holds. Gives tokens granted, whole tokens left and
-- the microseconds until there is one.
local SLACK = 1e-9 -- a token that is only missing by rounding is there
local count, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock()
local tokens = burst
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
if state[1] then
  local gained = math.max(0, now - tonumber(state[2])) * rate / 1000000
  tokens = math.min(burst, tonumber(state[1]) + gained)
end
local granted = math.min(count, math.floor(tokens + SLACK))
tokens = math.max(0, tokens - granted)
-- Who gets nothing changes nothing, so being refused costs the server no write.
if granted > 0 then
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', digits(now))
  local full_in = math.ceil((burst - tokens) / rate * 1000)
  redis.call('PEXPIRE', KEYS[1], digits(math.max(1, math.min(full_in, 1e15))))
end
local left = math.floor(tokens + SLACK)
local wait = left > 0 and 0 or math.ceil((1 - tokens) / rate * 1000000)
return {granted, left, digits(math.min(wait, 1e18))}
