-- One account of a budget, shared by gateways: what each may spend of it. Atomic, because a script is.
--
-- Amounts are whole micro-USD, because Lua counts in doubles: what may be spent is rounded down, what was spent
-- up. Fields of the hash: run (of the server that wrote it), base (spend that no member counts), closed and
-- corrected (the mark of that count); of each member g:<id> (generation), a:<id> (allowance, spend included),
-- u:<id> and h:<id> (spent and held in pico-USD, to be shown); p:<id> of a gateway that may still hold an
-- allowance from before the hash was lost: nothing is handed out while there is one; short (when somebody got
-- less than it needed, in seconds): for a while after it nobody keeps what it does not need.
--
-- No allowance ever expires: it stays until its gateway gives it back, or until the ledger has all that the
-- gateway did and a count takes its place.

local key = KEYS[1]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local function get(field) return tonumber(redis.call('HGET', key, field) or '0') end
local function text(number) return string.format('%.0f', number) end

local function named(prefix)
  local found, fields = {}, redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == prefix then found[string.sub(fields[i], 3)] = fields[i + 1] end
  end
  return found
end

local function size(found)
  local n = 0
  for _ in pairs(found) do n = n + 1 end
  return n
end

local function flat(found)
  local list = {}
  for name, value in pairs(found) do list[#list + 1] = name; list[#list + 1] = value end
  return list
end

-- look -> lost|kept, generations by member, the mark
if ARGV[1] == 'look' then
  local kept = redis.call('HGET', key, 'run') == run
  if not kept then return {'lost', {}, '0', '0'} end
  return {'kept', flat(named('g:')), text(get('closed')), text(get('corrected'))}
end

local me, generation, used, held, floor = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local must = tonumber(ARGV[7])

local function write(allowance)
  redis.call('HSET', key, 'a:' .. me, text(allowance), 'u:' .. me, used, 'h:' .. me, held)
end

-- count: base, mark, lost|kept, members assumed, closed, others -> ok|again
if ARGV[1] == 'count' then
  local base, base_pico, closed, corrected, ends = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12]
  local assumed, gone, others = cjson.decode(ARGV[14]), cjson.decode(ARGV[15]), cjson.decode(ARGV[16])
  local kept = redis.call('HGET', key, 'run') == run
  if kept ~= (ARGV[13] == 'kept') then return {'again'} end
  if kept then
    local members = named('g:')
    if size(members) ~= size(assumed) then return {'again'} end
    for name, value in pairs(assumed) do
      if members[name] ~= value then return {'again'} end
    end
    if closed < get('closed') or corrected < get('corrected') then return {'again'} end
  else
    redis.call('DEL', key)
    redis.call('HSET', key, 'run', run)
    for _, name in ipairs(others) do redis.call('HSET', key, 'p:' .. name, '1') end
  end
  redis.call('HSET', key, 'base', base, 'base_pico', base_pico, 'closed', text(closed), 'corrected', text(corrected))
  for _, name in ipairs(gone) do
    redis.call('HDEL', key, 'g:' .. name, 'a:' .. name, 'u:' .. name, 'h:' .. name, 'p:' .. name)
  end
  redis.call('HDEL', key, 'p:' .. me)
  redis.call('HSET', key, 'g:' .. me, generation)
  write(math.max(floor, must, get('a:' .. me)))
  redis.call('PEXPIREAT', key, ends)
  return {'ok'}
end

-- lease: limit (-1: none holds), need -> ok, allowance, left, pending, base, spent and held by member, short; or
-- count: this gateway has to be counted in first
local limit, need = tonumber(ARGV[8]), tonumber(ARGV[9])
if redis.call('HGET', key, 'run') ~= run or redis.call('HGET', key, 'g:' .. me) ~= generation then
  return {'count'}
end
local mine, total, allowances = math.max(get('a:' .. me), floor), get('base'), named('a:')
for name, value in pairs(allowances) do
  if name ~= me then total = total + tonumber(value) end
end
local pending = size(named('p:'))
local now = tonumber(redis.call('TIME')[1])
local scarce = now - get('short') <= 3
local granted = must
if limit >= 0 then
  local spare = math.max(0, limit - total - must)
  local cushion = scarce and 0 or math.floor(spare / (2 * size(allowances)))
  granted = must + math.min(math.max(need, cushion), spare)
  if pending > 0 then granted = math.min(granted, mine) end
  granted = math.max(granted, must, floor)
end
if granted - must < need then redis.call('HSET', key, 'short', text(now)) end
write(granted)
local left = pending > 0 and 0 or math.max(0, limit - total - granted)
local waiting = {}
for name in pairs(named('p:')) do waiting[#waiting + 1] = name end
return {'ok', text(granted), text(left), waiting, redis.call('HGET', key, 'base_pico'),
  flat(named('u:')), flat(named('h:')), scarce and 1 or 0}
