package sandbox

import (
	"strings"
	"time"
)

// usage is what the limits have counted (providers.md 1.5). It has no lock of its own.
type usage struct {
	// throughput is messages in and out by number, calls are management calls by account, reached is the customers that a portfolio began with.
	throughput map[string]*sliding
	calls      map[string]*sliding
	pairs      map[string]*pair
	reached    map[string]*reach
}

func newUsage() *usage {
	return &usage{throughput: map[string]*sliding{}, calls: map[string]*sliding{}, pairs: map[string]*pair{}, reached: map[string]*reach{}}
}

// sliding counts what happened within a span that ends now.
type sliding struct{ times []time.Time }

func (s *sliding) count(now time.Time, span time.Duration) int {
	first := 0
	for first < len(s.times) && now.Sub(s.times[first]) >= span {
		first++
	}
	s.times = s.times[first:]
	return len(s.times)
}

func (s *sliding) add(now time.Time) { s.times = append(s.times, now) }

func slidingOf(all map[string]*sliding, key string) *sliding {
	if all[key] == nil {
		all[key] = &sliding{}
	}
	return all[key]
}

// The pair limit: one message in six seconds; within six seconds up to 45, which borrow the quota of the time after.
const (
	pairEvery = 6 * time.Second
	pairBurst = 45
)

// pair is the messages of one number to one customer since the last burst began; free is when its loan is paid back.
type pair struct {
	began time.Time
	sent  int
	free  time.Time
}

func (p *pair) allows(now time.Time) bool {
	return !now.Before(p.free) || (now.Sub(p.began) < pairEvery && p.sent < pairBurst)
}

func (p *pair) add(now time.Time) {
	if !now.Before(p.free) {
		p.began, p.sent = now, 0
	}
	p.sent++
	p.free = p.began.Add(time.Duration(p.sent) * pairEvery)
}

// reach is the customers that a portfolio sent to outside their windows in the last 24 hours, by the last such message to each.
type reach struct {
	last  map[string]time.Time
	order []reached
}

type reached struct {
	customer string
	at       time.Time
}

func (r *reach) count(now time.Time) int {
	for len(r.order) > 0 && now.Sub(r.order[0].at) >= window {
		if oldest := r.order[0]; r.last[oldest.customer].Equal(oldest.at) {
			delete(r.last, oldest.customer)
		}
		r.order = r.order[1:]
	}
	return len(r.last)
}

func (r *reach) add(customer string, now time.Time) {
	r.last[customer], r.order = now, append(r.order, reached{customer, now})
}

// perSecond is a number's throughput; 0 is no bound.
func (s *Server) perSecond(b *Business) int {
	switch {
	case b.Throughput == "" && !s.strict:
		return 0
	case b.Throughput == "HIGH":
		return 1000
	case b.Throughput == "COEXISTENCE":
		return 20
	}
	return 80
}

// level is the throughput as Meta names it.
func (b *Business) level() string {
	switch b.Throughput {
	case "HIGH":
		return "HIGH"
	case "COEXISTENCE":
		return "LOW"
	}
	return "STANDARD"
}

var messagingTiers = map[string]int{"TIER_250": 250, "TIER_2K": 2_000, "TIER_10K": 10_000, "TIER_100K": 100_000, "TIER_UNLIMITED": 0}

// tier is how many customers the portfolio may begin with in 24 hours; 0 is no bound.
func (s *Server) tier(b *Business) int {
	if b.MessagingLimit == "" && s.strict {
		return messagingTiers["TIER_2K"]
	}
	return messagingTiers[b.MessagingLimit]
}

func (s *Server) pairLimited(b *Business) bool {
	if b.PairLimit != nil {
		return *b.PairLimit
	}
	return s.strict
}

// overPace refuses what comes too fast: for the number, or for this customer.
func (s *Server) overPace(b *Business, customer string) *graphError {
	now := s.now()
	if most := s.perSecond(b); most > 0 && slidingOf(s.usage.throughput, b.PhoneNumberID).count(now, time.Second) >= most {
		return refuse(130429, "")
	}
	if p := s.usage.pairs[b.PhoneNumberID+"|"+customer]; p != nil && s.pairLimited(b) && !p.allows(now) {
		return refuse(131056, "")
	}
	return nil
}

// countSend writes down an accepted message.
func (s *Server) countSend(b *Business, customer string) {
	s.countThroughput(b)
	if !s.pairLimited(b) {
		return
	}
	key := b.PhoneNumberID + "|" + customer
	if s.usage.pairs[key] == nil {
		s.usage.pairs[key] = &pair{}
	}
	s.usage.pairs[key].add(s.now())
}

func (s *Server) countThroughput(b *Business) {
	if s.perSecond(b) > 0 {
		slidingOf(s.usage.throughput, b.PhoneNumberID).add(s.now())
	}
}

// overReach tells whether beginning with this customer passes the portfolio's messaging limit, and counts the customer if not.
func (s *Server) overReach(b *Business, customer string) bool {
	most, now := s.tier(b), s.now()
	if most == 0 {
		return false
	}
	r := s.usage.reached[b.portfolio()]
	if r == nil {
		r = &reach{last: map[string]time.Time{}}
		s.usage.reached[b.portfolio()] = r
	}
	full := r.count(now) >= most
	if _, known := r.last[customer]; full && !known {
		return true
	}
	r.add(customer, now)
	return false
}

// overCalls refuses management calls beyond the hour's limit and counts the others.
func (s *Server) overCalls(b *Business) *graphError {
	most := b.ManagementPerHour
	if most == 0 && s.strict {
		most = 5_000
	}
	if most == 0 {
		return nil
	}
	calls := slidingOf(s.usage.calls, b.WabaID)
	if calls.count(s.now(), time.Hour) >= most {
		return refuse(80007, "")
	}
	calls.add(s.now())
	return nil
}

// blockedState is the refusal that a number's own state makes of every send.
func (b *Business) blockedState() *graphError {
	switch strings.ToUpper(b.Status) {
	case "", "CONNECTED", "FLAGGED":
		return nil
	case "PENDING", "UNVERIFIED", "DISCONNECTED":
		return refuse(133010, "")
	case "RATE_LIMITED":
		return refuse(131048, "")
	}
	return refuse(131031, "")
}

// health is the health_status of a number.
func (b *Business) health() map[string]any {
	state, refused := "AVAILABLE", b.blockedState()
	entity := map[string]any{"entity_type": "PHONE_NUMBER", "id": b.PhoneNumberID}
	if refused != nil {
		state = "BLOCKED"
		entity["errors"] = []map[string]any{{"error_code": refused.code, "error_description": refused.title, "possible_solution": "Check the number in WhatsApp Manager."}}
	}
	entity["can_send_message"] = state
	return map[string]any{"can_send_message": state, "entities": []map[string]any{entity}}
}
