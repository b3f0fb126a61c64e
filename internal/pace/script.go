package pace

// reserveScript is book.reserve in Lua: one call, all keys in one slot of a cluster.
//
//	KEYS  1 slot of the message   2 channel hold   3 pair's loan   4 pair hold   5,6 next of the tracks   7,8 free slots of the tracks
//	      9 speed   10 people counted   11 people in line   12 whether somebody has told who was counted before
//	      13 since when pairs are remembered
//	ARGV  1 now   2 gap   3,4 interval and burst of the common track   5,6 of the urgent one   7 "1" if urgent   8 message id
//	      9 grace   10 how long what has passed is kept   11 pair's burst   12 contact   13 people that may be counted (0: not asked)
//	      14 "1" if privileged   15 "1" if it stands in line   16 full rate   17 regain   18 a day   19 no-show
//	      20 how long a pair may owe (0: not asked)   21 what it owes, if somebody has looked   22 how long that is kept in milliseconds
//
// Instants are microseconds; numbers are written with %.0f because Lua would round them to 14 digits.
// It returns the instant, its kind, and how many people are counted where they are too many.
const reserveScript = `
local now, gap, grace, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[9]), tonumber(ARGV[10])
local contact, people, day = ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[18])
local function text(number) return string.format("%.0f", number) end
local function read(key) return tonumber(redis.call("GET", key) or "0") end
local function write(key, value, at)
  redis.call("SET", key, value, "PX", text(math.ceil((math.max(at - now, 0) + keep) / 1000)))
end
local known = redis.call("HMGET", KEYS[9], "rate", "since", "generation")
local rate, full, generation = tonumber(ARGV[16]), tonumber(ARGV[16]), known[3] or "0"
if known[1] then
  rate = math.min(full, tonumber(known[1]) + math.floor(math.max(0, now - tonumber(known[2])) * full / tonumber(ARGV[17])))
end
local held, pairHeld, owed = read(KEYS[2]), read(KEYS[4]), redis.call("GET", KEYS[3])
local unknown, asks = not owed, owed == "?"
if (unknown or asks) and ARGV[21] ~= "" then
  owed, unknown, asks = ARGV[21], false, false
  redis.call("SET", KEYS[3], owed, "PX", ARGV[22])
end
if unknown or asks then owed = "0/0" end
local began, pairNext = string.match(owed, "^(%d+)/(%d+)$")
began, pairNext = tonumber(began or "0"), tonumber(pairNext or "0")
local window, sent = math.max(1, gap - 2 * grace), 0
if gap > 0 then sent = math.floor((pairNext - began) / gap) end
local counted = "0"
local kept = redis.call("GET", KEYS[1])
if kept then
  local at, mine, before, knew = string.match(kept, "^(%d+):%d+:%d+:%d+:[%d/]+:[%d/]+:(%d+):(%d):(%d+)$")
  if at and mine == generation and tonumber(knew) >= pairHeld and tonumber(at) >= math.max(now - grace, held) then
    local paid = now + sent * gap
    if tonumber(at) == began and now > began and gap > grace and paid > pairNext then
      write(KEYS[3], text(began) .. "/" .. text(paid), paid)
    end
    return {at, 1, 0}
  end
  if at and tonumber(at) >= now - keep then counted = before end
  redis.call("DEL", KEYS[1])
end
local memory = tonumber(ARGV[20])
if memory > 0 and gap > 0 then
  local since = tonumber(redis.call("GET", KEYS[13]) or ARGV[1])
  redis.call("SET", KEYS[13], text(since), "PX", text(day / 1000))
  if asks or unknown and now < since + memory then return {"0", 4, 0} end
end
local again = nil
if people > 0 then
  if redis.call("EXISTS", KEYS[12]) == 0 then return {"0", 3, 0} end
  redis.call("ZREMRANGEBYSCORE", KEYS[10], "-inf", text(now - day))
  again = redis.call("ZSCORE", KEYS[10], contact)
  if not again then
    redis.call("ZREMRANGEBYSCORE", KEYS[11], "-inf", text(now - tonumber(ARGV[19])))
    local used, mine = redis.call("ZCARD", KEYS[10]), redis.call("ZSCORE", KEYS[11], contact)
    local free, ahead = people - used, redis.call("ZCARD", KEYS[11])
    if mine then ahead = redis.call("ZRANK", KEYS[11], contact) end
    local function roomAt(index)
      local found
      if index < used then found = redis.call("ZRANGE", KEYS[10], index, index, "WITHSCORES")
      else found = redis.call("ZRANGE", KEYS[11], index - used, index - used, "WITHSCORES") end
      return math.max((tonumber(found[2]) or now) + day, now + 1000000)
    end
    if not (ARGV[14] == "1" and free > 0 or free > ahead) then
      if ARGV[15] ~= "1" then return {text(roomAt(math.max(0, -free))), 2, used} end
      if mine and tonumber(mine) > now then return {text(tonumber(mine)), 2, used} end
      redis.call("ZREM", KEYS[11], contact)
      local at = roomAt(ahead - free)
      redis.call("ZADD", KEYS[11], text(at), contact)
      redis.call("PEXPIRE", KEYS[11], text((at - now) / 1000 + 86400000))
      return {text(at), 2, used}
    end
  end
end
local start, pairAt = math.max(now, held), math.max(pairNext, pairHeld)
if gap > 0 and now < began + window and sent < tonumber(ARGV[11]) then pairAt = math.max(began, pairHeld) end
local usable = 1
if ARGV[7] == "1" and tonumber(ARGV[5]) > 0 then usable = 2 end
local best = nil
for number = 1, usable do
  local interval, burst = tonumber(ARGV[1 + 2 * number]), tonumber(ARGV[2 + 2 * number])
  interval = math.floor((interval * full + rate - 1) / rate)
  if rate < full then burst = 1 end
  local one = {at = start, number = number, interval = interval, next = 0}
  if interval > 0 then
    one.next = read(KEYS[4 + number])
    one.at = math.max(start, one.next - (burst - 1) * interval)
  end
  if one.at < pairAt then return {text(pairAt), 0, 0} end
  local free = redis.call("ZRANGEBYSCORE", KEYS[6 + number], text(math.max(start, pairAt)), "(" .. text(one.at), "LIMIT", 0, 1)
  if free[1] then
    one.returned = free[1]
    one.at = tonumber(string.match(free[1], "^(%d+)"))
  end
  if not best or one.at < best.at then best = one end
end
local paid = math.max(pairNext, pairHeld)
if gap > 0 and best.at < paid and best.at >= began + window then return {text(paid), 0, 0} end
local nextAfter = 0
if best.returned then
  redis.call("ZREM", KEYS[6 + best.number], best.returned)
elseif best.interval > 0 then
  nextAfter = math.max(best.next, best.at) + best.interval
  write(KEYS[4 + best.number], text(nextAfter), nextAfter)
end
local pairAfter = owed
if gap > 0 then
  if best.at >= pairNext then began, pairNext = best.at, best.at end
  pairNext = pairNext + gap
  pairAfter = text(began) .. "/" .. text(pairNext)
  write(KEYS[3], pairAfter, pairNext)
end
if people > 0 then
  if not again then counted = "1" end
  redis.call("ZREM", KEYS[11], contact)
  if not again or tonumber(again) < best.at then redis.call("ZADD", KEYS[10], text(best.at), contact) end
  redis.call("PEXPIRE", KEYS[10], text((best.at - now + 2 * day) / 1000))
  redis.call("PEXPIRE", KEYS[12], text((best.at - now + day) / 1000))
end
local record = {text(best.at), text(best.number), text(best.interval), text(nextAfter), pairAfter, owed, generation, counted, text(pairHeld)}
write(KEYS[1], table.concat(record, ":"), best.at)
return {text(best.at), 1, 0}
`

// releaseScript is book.release in Lua. KEYS: 1 slot, 2 pair's loan, 3,4 next, 5,6 free, 7 speed, 8 people counted, 9 people in line.
// ARGV: 1 now, 2 message id, 3 how long what has passed is kept, 4 contact.
const releaseScript = `
redis.call("ZREM", KEYS[9], ARGV[4])
local kept = redis.call("GET", KEYS[1])
if not kept then return 0 end
redis.call("DEL", KEYS[1])
local now, keep = tonumber(ARGV[1]), tonumber(ARGV[3])
local function text(number) return string.format("%.0f", number) end
local function write(key, value, at)
  redis.call("SET", key, value, "PX", text(math.ceil((math.max(at - now, 0) + keep) / 1000)))
end
local at, number, interval, nextAfter, pairAfter, pairBefore, generation, counted =
  string.match(kept, "^(%d+):(%d+):(%d+):(%d+):([%d/]+):([%d/]+):(%d+):(%d):%d+$")
if not at then return 0 end
if counted == "1" and tonumber(at) >= now - keep then redis.call("ZREM", KEYS[8], ARGV[4]) end
if redis.call("GET", KEYS[2]) == pairAfter then write(KEYS[2], pairBefore, tonumber(string.match(pairBefore, "(%d+)$"))) end
if tonumber(at) <= now or interval == "0" or generation ~= (redis.call("HGET", KEYS[7], "generation") or "0") then return 1 end
number = tonumber(number)
if redis.call("GET", KEYS[2 + number]) == nextAfter then
  local back = tonumber(nextAfter) - tonumber(interval)
  write(KEYS[2 + number], text(back), back)
  return 1
end
local free = KEYS[4 + number]
redis.call("ZREMRANGEBYSCORE", free, "-inf", "(" .. text(now))
redis.call("ZADD", free, at, at .. ":" .. ARGV[2])
local last = redis.call("ZRANGE", free, -1, -1)
redis.call("PEXPIRE", free, text(math.ceil((tonumber(string.match(last[1], "^(%d+)")) - now + keep) / 1000)))
return 1
`

// tellScript counts people of before. KEYS: 1 people counted, 2 whether somebody has told. ARGV: 1 how long they are kept in
// milliseconds, 2 "1" if these are the last ones, then instants and contacts.
const tellScript = `
for i = 3, #ARGV, 2 do
  local known = redis.call("ZSCORE", KEYS[1], ARGV[i + 1])
  if not known or tonumber(known) < tonumber(ARGV[i]) then redis.call("ZADD", KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call("PEXPIRE", KEYS[1], 2 * ARGV[1])
if ARGV[2] == "1" then redis.call("SET", KEYS[2], "1", "PX", ARGV[1]) end
return 1
`

// holdScript raises an instant. KEYS: 1 the hold, 2 what is set with it. ARGV: 1 now, 2 until, 3 how long what has passed is kept,
// 4 what is set, 5 how long that is kept at least.
const holdScript = `
if tonumber(redis.call("GET", KEYS[1]) or "0") >= tonumber(ARGV[2]) then return 0 end
local left = math.max(tonumber(ARGV[2]) - tonumber(ARGV[1]), 0) + tonumber(ARGV[3])
redis.call("SET", KEYS[1], ARGV[2], "PX", string.format("%.0f", math.ceil(left / 1000)))
if KEYS[2] then redis.call("SET", KEYS[2], ARGV[4], "PX", string.format("%.0f", math.ceil(math.max(left, tonumber(ARGV[5])) / 1000))) end
return 1
`
