package pace

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Cause is what of the pace a message waits for.
type Cause string

// The causes of a wait.
const (
	NoWait Cause = ""
	// ChannelHeld: the provider said that the channel was too fast.
	ChannelHeld Cause = "channel"
	// PairHeld: the provider said that messages came too fast for this contact.
	PairHeld Cause = "pair"
	// PairOwes: what went to this contact has to be paid back first.
	PairOwes Cause = "loan"
	// Rate: the message has a slot of the channel's rate, which is still to come.
	Rate Cause = "rate"
)

// Wait is what a message waits for, as far as the pace knows.
type Wait struct {
	Cause Cause
	// Until is when that is over; what waits behind it may go later.
	Until time.Time
	// Why is what [Pace.HoldChannel] was told.
	Why string
}

// state is what is known of a message's way: instants in microseconds, 0 where there is none.
type state struct {
	slot, held, pairHeld, owed int64
	why                        string
}

// Look tells what a message waits for, and changes nothing: it takes no slot. It is for people who ask; who wants to send
// reserves. A Redis that does not answer is answered for by this process.
func (p *Pace) Look(ctx context.Context, name, contactID, messageID string, now time.Time) Wait {
	if p.client != nil && p.usable() {
		known, err := p.lookOnRedis(ctx, name, contactID, messageID)
		if err == nil {
			return known.wait(now.UnixMicro())
		}
		p.failed(ctx, err)
	}
	return p.local.look(name, contactID, messageID).wait(now.UnixMicro())
}

// wait names what ends last: until then nothing goes, whatever else is over.
func (s state) wait(now int64) Wait {
	found := Wait{}
	last := now
	for _, one := range []struct {
		cause Cause
		until int64
	}{{Rate, s.slot}, {PairOwes, s.owed}, {PairHeld, s.pairHeld}, {ChannelHeld, s.held}} {
		if one.until > last {
			last, found = one.until, Wait{Cause: one.cause, Until: time.UnixMicro(one.until)}
		}
	}
	if found.Cause == Rate && s.held > now {
		found.Cause = ChannelHeld // its slot is behind the hold, and because of it
	}
	if found.Cause == ChannelHeld {
		found.Why = s.why
	}
	return found
}

func (b *book) look(channelID, contact, message string) state {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	c := b.channels[channelID]
	if c == nil {
		return state{}
	}
	known := state{held: c.held, why: c.why, slot: c.slots[message].at}
	if p := c.pairs[contact]; p != nil {
		known.pairHeld = p.held
		if known.slot == 0 {
			known.owed = p.next
		}
	}
	return known
}

func (p *Pace) lookOnRedis(ctx context.Context, name, contactID, messageID string) (state, error) {
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := p.client.MGet(short, keyOf(name, "slot:"+messageID), keyOf(name, "hold"), keyOf(name, "pairhold:"+contactID),
		keyOf(name, "pair:"+contactID), keyOf(name, "why")).Result()
	if err != nil {
		return state{}, err
	}
	texts := make([]string, 5)
	for i := range min(len(texts), len(found)) {
		texts[i], _ = found[i].(string)
	}
	slot, _, _ := strings.Cut(texts[0], ":")
	known := state{slot: number(slot), held: number(texts[1]), pairHeld: number(texts[2]), why: texts[4]}
	if slot == "" { // a message with a slot has its part of the loan
		_, owed, _ := strings.Cut(texts[3], "/")
		known.owed = number(owed)
	}
	return known, nil
}

// number reads an instant; 0 where there is none.
func number(text string) int64 {
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return at
}
