package pace

import "slices"

// reserve gives the message's slot, the one it has or a new one. script.go says the same in Lua.
func (b *book) reserve(r request) answer {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.sweep(r.now)
	c := b.channel(r.channel)
	p := c.pair(r.contact)
	kept, yes := c.slots[r.message]
	if yes && kept.generation == c.speed.generation && kept.pairHeld >= p.held && kept.at >= max(r.now-lateGrace, c.held) {
		p.late(kept.at, r)
		return answer{at: kept.at, kind: reserved}
	}
	delete(c.slots, r.message)
	if b.unpaid(p, r) {
		return answer{kind: unpaid}
	}
	if r.people > 0 {
		who := b.people(r.channel)
		if !who.known {
			return answer{kind: untold}
		}
		if room, at := who.admit(r); !room {
			return answer{at: at, kind: full, used: int64(len(who.counted.entries))}
		}
	}
	rate := c.speed.at(r.now)
	for i := range r.tracks {
		r.tracks[i] = r.tracks[i].slowed(rate)
	}
	chosen, pairAt := c.choose(r, p)
	if chosen.track < 0 {
		return answer{at: pairAt, kind: notBefore}
	}
	given := c.take(r.tracks[chosen.track], chosen)
	given.generation, given.counted = c.speed.generation, kept.counted && kept.at >= r.now-forgetAfter
	given.pairBefore, given.pairHeld = p.loan(), p.held
	given.pairAfter = p.advance(given.at, r.gap)
	if r.people > 0 {
		who := b.people(r.channel)
		_, again := who.counted.of[r.contact]
		given.counted = given.counted || !again
		who.count(r.contact, given.at)
	}
	c.slots[r.message] = given
	return answer{at: given.at, kind: reserved}
}

// offer is a slot that could be taken.
type offer struct {
	at       int64
	track    int // -1: none, the pair has to wait longer than the channel
	returned bool
}

// choose finds the earliest slot. Where the pair is what has to wait, none is chosen: to reserve one so far ahead
// would hold up everybody else on the channel.
func (c *channel) choose(r request, p *pair) (best offer, pairAt int64) {
	start, pairAt := max(r.now, c.held), p.earliest(r)
	best = offer{track: -1}
	for _, number := range r.usable {
		limit, state := r.tracks[number], &c.tracks[number]
		one := offer{at: start, track: number}
		if limit.interval > 0 {
			one.at = max(start, state.next-(limit.burst-1)*limit.interval)
		}
		if one.at < pairAt {
			return offer{track: -1}, pairAt
		}
		if free, some := state.firstFree(max(start, pairAt)); some && free < one.at {
			one.at, one.returned = free, true
		}
		if best.track < 0 || one.at < best.at {
			best = one
		}
	}
	if after := max(p.next, p.held); r.gap > 0 && best.at < after && best.at >= p.began+window(r.gap) {
		return offer{track: -1}, after // too late for the burst, too early for the next
	}
	return best, pairAt
}

// take reserves the chosen slot.
func (c *channel) take(limit track, chosen offer) slot {
	kept := slot{at: chosen.at, track: chosen.track, interval: limit.interval}
	if limit.interval == 0 {
		return kept
	}
	state := &c.tracks[chosen.track]
	if chosen.returned {
		at, _ := slices.BinarySearch(state.free, chosen.at)
		state.free = slices.Delete(state.free, at, at+1)
		return kept
	}
	state.next = max(state.next, chosen.at) + limit.interval
	kept.nextAfter = state.next
	return kept
}

func (s *stream) firstFree(from int64) (int64, bool) {
	at, _ := slices.BinarySearch(s.free, from)
	if at == len(s.free) {
		return 0, false
	}
	return s.free[at], true
}

// release gives a slot that is still to come back to the channel, and a place in line to those behind.
func (b *book) release(channelID, contactID, message string, now int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	who := b.people(channelID)
	who.waiting.remove(contactID)
	c := b.channels[channelID]
	if c == nil {
		return
	}
	kept, yes := c.slots[message]
	if !yes {
		return
	}
	delete(c.slots, message)
	if kept.counted && kept.at >= now-forgetAfter {
		who.counted.remove(contactID)
	}
	if p := c.pairs[contactID]; p != nil && p.loan() == kept.pairAfter {
		p.began, p.next = kept.pairBefore.began, kept.pairBefore.next
	}
	if kept.at <= now || kept.interval == 0 || kept.generation != c.speed.generation {
		return
	}
	state := &c.tracks[kept.track]
	if kept.nextAfter == state.next {
		state.next -= kept.interval
		return
	}
	at, _ := slices.BinarySearch(state.free, kept.at)
	state.free = slices.Insert(state.free, at, kept.at)
}

// remember keeps a slot that Redis gave, so that message, pair and person keep to it when Redis goes away.
func (b *book) remember(r request, at int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.sweep(r.now)
	if r.people > 0 {
		b.people(r.channel).count(r.contact, at)
	}
	c := b.channel(r.channel)
	if c.slots[r.message].at == at {
		return
	}
	p := c.pair(r.contact)
	kept := slot{at: at, pairBefore: p.loan(), pairHeld: p.held, generation: c.speed.generation}
	kept.pairAfter = p.advance(at, r.gap)
	c.slots[r.message] = kept
}

// tell says who was counted before.
func (b *book) tell(group string, told map[string]int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	who := b.people(group)
	who.known = true
	for contact, at := range told {
		who.count(contact, at)
	}
}

func (b *book) holdChannel(channelID string, until int64, why string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if c := b.channel(channelID); until > c.held {
		c.held, c.why = until, why
	}
}

func (b *book) holdPair(channelID, contactID string, until int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	p := b.channel(channelID).pair(contactID)
	if until > p.held {
		*p = pair{held: until, told: true}
	}
}

func (b *book) freePair(channelID, contactID string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.channel(channelID).pair(contactID).held = 0
}

// sweep forgets what has passed, every few seconds.
func (b *book) sweep(now int64) {
	if now-b.swept < forgetAfter {
		return
	}
	b.swept = now
	past := now - forgetAfter
	for _, who := range b.groups {
		who.counted.forget(now - day)
		who.waiting.forget(now - noShow)
	}
	for id, c := range b.channels {
		if c.sweep(past) {
			delete(b.channels, id)
		}
	}
}

// sweep tells whether nothing is left.
func (c *channel) sweep(past int64) bool {
	for message, kept := range c.slots {
		if kept.at < past {
			delete(c.slots, message)
		}
	}
	for contact, p := range c.pairs {
		if p.next < past && p.held < past && !p.asks {
			delete(c.pairs, contact)
		}
	}
	idle := true
	for i := range c.tracks {
		state := &c.tracks[i]
		at, _ := slices.BinarySearch(state.free, past)
		state.free = slices.Delete(state.free, 0, at)
		idle = idle && state.next < past
	}
	return idle && len(c.slots)+len(c.pairs) == 0 && c.held < past && c.speed.at(past) == fullRate
}
