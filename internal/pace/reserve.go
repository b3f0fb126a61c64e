package pace

import "slices"

// reserve gives the message's slot, the one it has or a new one. script.go says the same in Lua.
func (b *book) reserve(r request) answer {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.sweep(r.now)
	c := b.channel(r.channel)
	p := c.pair(r.contact)
	if kept, yes := c.slots[r.message]; yes && kept.at >= max(r.now-lateGrace, c.held, p.held) {
		return answer{kept.at, true}
	}
	delete(c.slots, r.message)
	chosen, pairAt := c.choose(r, p)
	if chosen.track < 0 {
		return answer{pairAt, false}
	}
	kept := c.take(r.tracks[chosen.track], chosen)
	kept.pairBefore = p.next
	kept.pairAfter = p.advance(kept.at, r.gap)
	c.slots[r.message] = kept
	return answer{kept.at, true}
}

// advance keeps the pair's gap after a slot; without a gap the pair has no order of its own.
func (p *pair) advance(at, gap int64) int64 {
	if gap > 0 {
		p.next = max(p.next, at+gap)
	}
	return p.next
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
	start, pairAt := max(r.now, c.held), max(p.next, p.held)
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

// release gives a slot that is still to come back to the channel.
func (b *book) release(channelID, contactID, message string, now int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	c := b.channels[channelID]
	if c == nil {
		return
	}
	kept, yes := c.slots[message]
	if !yes {
		return
	}
	delete(c.slots, message)
	if p := c.pairs[contactID]; p != nil && p.next == kept.pairAfter {
		p.next = kept.pairBefore
	}
	if kept.at <= now || kept.interval == 0 {
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

// remember keeps a slot that Redis gave, so that message and pair keep to it when Redis goes away.
func (b *book) remember(r request, at int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.sweep(r.now)
	c := b.channel(r.channel)
	if c.slots[r.message].at == at {
		return
	}
	p := c.pair(r.contact)
	kept := slot{at: at, pairBefore: p.next}
	kept.pairAfter = p.advance(at, r.gap)
	c.slots[r.message] = kept
}

func (b *book) holdChannel(channelID string, until int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	c := b.channel(channelID)
	c.held = max(c.held, until)
}

func (b *book) holdPair(channelID, contactID string, until int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	p := b.channel(channelID).pair(contactID)
	p.held = max(p.held, until)
}

// sweep forgets what has passed, every few seconds.
func (b *book) sweep(now int64) {
	if now-b.swept < forgetAfter {
		return
	}
	b.swept = now
	past := now - forgetAfter
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
		if p.next < past && p.held < past {
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
	return idle && len(c.slots)+len(c.pairs) == 0 && c.held < past
}
