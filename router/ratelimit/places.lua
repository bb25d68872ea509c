-- The places of one limit for those who are counted together, divided among gateways.
--
-- KEYS[1] is a hash: a gateway's id to "places until", `until` in Unix ms; "" to the time until which places
-- are scarce. ARGV: the gateway, places that it has and will not give back, places that it needs beyond them,
-- the limit, and for how many ms what it is given is its own. Answers places it may fill from now on, and
-- whether it was given all that it needs.

local me, has, needs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local limit, lasts = tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local others, gateways, scarce = 0, 1, false
local known = redis.call('HGETALL', KEYS[1])
for at = 1, #known, 2 do
  local who, said = known[at], known[at + 1]
  if who == '' then
    scarce = tonumber(said) > now
  elseif who ~= me then
    local places, ends = string.match(said, '^(%d+) (%d+)$')
    if tonumber(ends) > now then
      others, gateways = others + tonumber(places), gateways + 1
    else
      redis.call('HDEL', KEYS[1], who)
    end
  end
end

-- What a gateway has it keeps, even where that is too much: its requests run.
local room = limit - others
local places = math.max(has, math.min(has + needs, room))
local enough = places == has + needs
if not enough then
  scarce = true
  redis.call('HSET', KEYS[1], '', now + lasts)
end
if places > 0 and not scarce then
  places = places + math.max(0, math.floor((room - places) / (4 * gateways)))
end
if places > 0 then
  redis.call('HSET', KEYS[1], me, string.format('%d %d', places, now + lasts))
else
  redis.call('HDEL', KEYS[1], me)
end
redis.call('PEXPIRE', KEYS[1], lasts)
return { places, enough and 1 or 0 }
