package pace

// reserveScript is book.reserve in Lua: one call, all keys in one slot of a cluster.
//
//	KEYS  1 slot of the message   2 channel hold   3 pair's next   4 pair hold   5,6 next of the tracks   7,8 free slots of the tracks
//	ARGV  1 now   2 gap   3,4 interval and burst of the common track   5,6 of the urgent one   7 "1" if urgent   8 message id
//	      9 grace   10 how long what has passed is kept
//
// Instants are microseconds; numbers are written with %.0f because Lua would round them to 14 digits.
// It returns the instant and 1 if it is a slot, 0 if it is only a "not before".
const reserveScript = `
local now, gap, grace, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[9]), tonumber(ARGV[10])
local function text(number) return string.format("%.0f", number) end
local function read(key) return tonumber(redis.call("GET", key) or "0") end
local function write(key, value, at)
  redis.call("SET", key, value, "PX", text(math.ceil((math.max(at - now, 0) + keep) / 1000)))
end
local held, pairNext, pairHeld = read(KEYS[2]), read(KEYS[3]), read(KEYS[4])
local kept = redis.call("GET", KEYS[1])
if kept then
  local at = tonumber(string.match(kept, "^(%d+)"))
  if at >= math.max(now - grace, held, pairHeld) then return {text(at), 1} end
  redis.call("DEL", KEYS[1])
end
local start, pairAt = math.max(now, held), math.max(pairNext, pairHeld)
local usable = 1
if ARGV[7] == "1" and tonumber(ARGV[5]) > 0 then usable = 2 end
local best = nil
for number = 1, usable do
  local interval, burst = tonumber(ARGV[1 + 2 * number]), tonumber(ARGV[2 + 2 * number])
  local one = {at = start, number = number, interval = interval, next = 0}
  if interval > 0 then
    one.next = read(KEYS[4 + number])
    one.at = math.max(start, one.next - (burst - 1) * interval)
  end
  if one.at < pairAt then return {text(pairAt), 0} end
  local free = redis.call("ZRANGEBYSCORE", KEYS[6 + number], text(math.max(start, pairAt)), "(" .. text(one.at), "LIMIT", 0, 1)
  if free[1] then
    one.returned = free[1]
    one.at = tonumber(string.match(free[1], "^(%d+)"))
  end
  if not best or one.at < best.at then best = one end
end
local nextAfter = 0
if best.returned then
  redis.call("ZREM", KEYS[6 + best.number], best.returned)
elseif best.interval > 0 then
  nextAfter = math.max(best.next, best.at) + best.interval
  write(KEYS[4 + best.number], text(nextAfter), nextAfter)
end
local pairAfter = pairNext
if gap > 0 then
  pairAfter = math.max(pairNext, best.at + gap)
  write(KEYS[3], text(pairAfter), pairAfter)
end
local record = {text(best.at), text(best.number), text(best.interval), text(nextAfter), text(pairAfter), text(pairNext)}
write(KEYS[1], table.concat(record, ":"), best.at)
return {text(best.at), 1}
`

// releaseScript is book.release in Lua. KEYS as above without the holds: 1 slot, 2 pair's next, 3,4 next, 5,6 free.
// ARGV: 1 now, 2 message id, 3 how long what has passed is kept.
const releaseScript = `
local kept = redis.call("GET", KEYS[1])
if not kept then return 0 end
redis.call("DEL", KEYS[1])
local now, keep = tonumber(ARGV[1]), tonumber(ARGV[3])
local function text(number) return string.format("%.0f", number) end
local function write(key, value, at)
  redis.call("SET", key, value, "PX", text(math.ceil((math.max(at - now, 0) + keep) / 1000)))
end
local at, number, interval, nextAfter, pairAfter, pairBefore = string.match(kept, "^(%d+):(%d+):(%d+):(%d+):(%d+):(%d+)$")
if redis.call("GET", KEYS[2]) == pairAfter then write(KEYS[2], pairBefore, tonumber(pairBefore)) end
if tonumber(at) <= now or interval == "0" then return 1 end
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

// holdScript raises an instant. KEYS: 1 the hold. ARGV: 1 now, 2 until, 3 how long what has passed is kept.
const holdScript = `
if tonumber(redis.call("GET", KEYS[1]) or "0") >= tonumber(ARGV[2]) then return 0 end
local left = math.max(tonumber(ARGV[2]) - tonumber(ARGV[1]), 0) + tonumber(ARGV[3])
redis.call("SET", KEYS[1], ARGV[2], "PX", string.format("%.0f", math.ceil(left / 1000)))
return 1
`
