package pace

// The pair limit as WhatsApp reads it (providers.md section 1.5): one message to a person in a gap, or a burst within one
// gap that is borrowed from the time to come. Nothing more goes until all of it is paid back: n messages of a burst are
// paid back n gaps after its first, whatever the burst's size may still have borne. script.go says the same in Lua.

// loan is a burst: when it began and when it is paid back.
type loan struct{ began, next int64 }

func (p *pair) loan() loan { return loan{p.began, p.next} }

// window is how long after its first message others may join a burst: less than a gap, so that one which goes late
// (lateGrace) and takes its time to the provider is still within the provider's.
func window(gap int64) int64 { return max(1, gap-2*lateGrace) }

// sent is how many messages a loan is for.
func (p *pair) sent(gap int64) int64 { return (p.next - p.began) / gap }

// earliest is when the pair can bear the message.
func (p *pair) earliest(r request) int64 {
	if r.gap > 0 && r.now < p.began+window(r.gap) && p.sent(r.gap) < r.pairBurst {
		return max(p.began, p.held)
	}
	return max(p.next, p.held)
}

// advance adds a message to the burst, or begins the next one; without a gap the pair has no order of its own.
func (p *pair) advance(at, gap int64) loan {
	switch {
	case gap <= 0:
	case at >= p.next:
		p.began, p.next = at, at+gap
	default:
		p.next += gap
	}
	return p.loan()
}

// late notes that the first message of a burst goes later than its slot: the provider counts from when it went.
func (p *pair) late(at int64, r request) {
	if at == p.began && r.now > at && r.gap > lateGrace {
		p.next = max(p.next, r.now+p.sent(r.gap)*r.gap)
	}
}
