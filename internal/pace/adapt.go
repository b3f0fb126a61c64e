package pace

// The provider's word counts more than the configured rate: each refusal for speed halves a channel's rate, and what it
// lost comes back evenly while there are no more refusals (additive increase, multiplicative decrease).
const (
	// fullRate is the whole rate in thousandths, leastRate what refusals leave of it at least.
	fullRate  = int64(1000)
	leastRate = int64(20)
	// regain is how long a rate takes to come back from nothing: from a half it takes half of it.
	regain = 300 * second
	// oneRefusal is how long further refusals belong to the same burst.
	oneRefusal = second
)

// speed is what a channel's rate has become. Slots that were reserved before a refusal are worth nothing afterwards: they
// were spaced by a rate that was too fast.
type speed struct {
	rate       int64 // thousandths at since; 0: never refused
	since      int64
	generation int64
}

func (s speed) at(now int64) int64 {
	if s.rate == 0 {
		return fullRate
	}
	return min(fullRate, s.rate+max(0, now-s.since)*fullRate/regain)
}

func (s speed) refused(now int64) speed {
	if s.rate != 0 && now-s.since < oneRefusal {
		return s
	}
	return speed{rate: max(leastRate, s.at(now)/2), since: now, generation: s.generation + 1}
}

// slowed spaces a track by a rate in thousandths.
func (t track) slowed(rate int64) track {
	t.interval = (t.interval*fullRate + rate - 1) / rate
	if rate < fullRate {
		t.burst = 1
	}
	return t
}

// slow notes a refusal: after a moment of silence the tracks begin anew, at the new rate.
func (b *book) slow(name string, now int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	c := b.channel(name)
	before := c.speed.generation
	if c.speed = c.speed.refused(now); c.speed.generation != before {
		c.tracks = [2]stream{}
		c.held = max(c.held, now+oneRefusal)
	}
}

// slowScript is book.slow in Lua. KEYS: 1 speed, 2,3 next of the tracks, 4,5 free slots, 6 hold. ARGV: 1 now, 2 full, 3 least, 4 regain,
// 5 how long one refusal lasts, 6 how long it is remembered in milliseconds.
const slowScript = `
local now, full = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call("HMGET", KEYS[1], "rate", "since", "generation")
local rate = full
if known[1] then
  if now - tonumber(known[2]) < tonumber(ARGV[5]) then return 0 end
  rate = math.min(full, tonumber(known[1]) + math.floor(math.max(0, now - tonumber(known[2])) * full / tonumber(ARGV[4])))
end
rate = math.max(tonumber(ARGV[3]), math.floor(rate / 2))
redis.call("HSET", KEYS[1], "rate", string.format("%.0f", rate), "since", ARGV[1],
  "generation", string.format("%.0f", tonumber(known[3] or "0") + 1))
redis.call("PEXPIRE", KEYS[1], ARGV[6])
redis.call("DEL", KEYS[2], KEYS[3], KEYS[4], KEYS[5])
local silent = now + tonumber(ARGV[5])
if tonumber(redis.call("GET", KEYS[6]) or "0") < silent then
  redis.call("SET", KEYS[6], string.format("%.0f", silent), "PX", ARGV[6])
end
return 1
`
