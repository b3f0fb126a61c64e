package pace

import (
	"context"
	"fmt"
	"time"
)

// What a pair owes is remembered for as long as it is owed, and read from history where nobody remembers: a message that is
// refused costs more than a question. Only pairs that were written to lately are asked about, and each of them once.

// forgivenFor is how long it is remembered that a provider's word has ended what a pair owed.
const forgivenFor = 600 * second

// unpaid tells that nobody has told yet what a pair owes. script.go says the same in Lua.
func (b *book) unpaid(p *pair, r request) bool {
	if r.memory <= 0 || r.gap <= 0 {
		return false
	}
	if b.began == 0 {
		b.began = r.now
	}
	return p.asks || !p.told && r.now < b.began+r.memory
}

// owe tells what a pair owes, unless somebody has told it meanwhile.
func (b *book) owe(channelID, contact string, owed loan) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	p := b.channel(channelID).pair(contact)
	if p.told && !p.asks {
		return
	}
	if owed.next > p.next {
		p.began, p.next = owed.began, owed.next
	}
	p.told, p.asks = true, false
}

// forgetPairs begins to remember anew: others may have written to the same contacts.
func (b *book) forgetPairs(now int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.began = now
}

func (b *book) askPair(channelID, contact string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.channel(channelID).pair(contact).asks = true
}

// owesNothing tells that the caller knows that what went to the contact was so long ago that nothing of it can be owed.
func (l Limits) owesNothing(now time.Time) bool {
	return !l.LastSent.IsZero() && !l.LastSent.After(now.Add(-l.PairMemory))
}

// recallPair reads what went to a contact lately, for the question that follows: Redis is told with it, the book of this process
// at once. It tells whether that worked.
func (p *Pace) recallPair(ctx context.Context, r *request) bool {
	if r.owed == nil {
		var times []time.Time
		if p.options.Sent != nil {
			var err error
			if times, err = p.options.Sent(ctx, r.channel, r.contact, time.UnixMicro(r.now-r.memory)); err != nil {
				p.options.Logger.Warn("what went to a contact lately cannot be read; its next message waits", "error", err)
				return false
			}
		}
		owed := owedFor(times, r.gap)
		r.owed = &owed
	}
	if p.client == nil || !p.usable() {
		p.local.owe(r.channel, r.contact, *r.owed)
	}
	return true
}

// owedArguments are what the script is told of what the pair owes, and for how many milliseconds that is kept; empty: nobody
// has asked yet.
func (r request) owedArguments() (text string, kept int64) {
	if r.owed == nil {
		return "", 0
	}
	return fmt.Sprintf("%d/%d", r.owed.began, r.owed.next), (max(r.memory, r.owed.next-r.now) + forgetAfter) / 1000
}

// owedFor is the loan of messages that went at instants, in order.
func owedFor(times []time.Time, gap int64) loan {
	var p pair
	for _, at := range times {
		p.advance(at.UnixMicro(), gap)
	}
	return p.loan()
}

// AskPair lets the pair's history be read anew before the next message: somebody else turned out to be the same contact, and
// what went to either counts.
func (p *Pace) AskPair(ctx context.Context, channelID, contactID string) {
	p.local.askPair(channelID, contactID)
	if p.client == nil || !p.usable() {
		return
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.client.Set(short, keyOf(channelID, "pair:"+contactID), "?", time.Duration(forgivenFor)*time.Microsecond).Err(); err != nil {
		p.failed(ctx, err)
	}
}
