package pace

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	defaultShare = 0.25
	// patience is how long one question to Redis may take.
	patience = 100 * time.Millisecond
	// awayFor is how long Redis is not asked again after it has failed.
	awayFor = time.Second
)

// Options of a Pace.
type Options struct {
	// Share is the part of each rate that this process uses while Redis is away (0 to 1): with four workers and the default
	// of 0.25 the channel's rate holds even then.
	Share float64
	// History tells with whom a group has begun a talk since an instant, and when last. It is asked when nobody has told yet:
	// at the start, and when Redis was wiped. nil: there was nobody.
	History func(ctx context.Context, group string, since time.Time) (map[string]time.Time, error)
	// Sent tells when messages went to a contact on a channel since an instant, in order. It is asked for what a pair owes when
	// that is not remembered: after the start, after Redis was wiped, and after two contacts became one. nil: nothing was sent.
	Sent   func(ctx context.Context, name, contactID string, since time.Time) ([]time.Time, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Pace keeps the channels' pace.
type Pace struct {
	options Options
	client  redis.UniversalClient // nil: this process is the only one
	scripts scripts
	bundle  *bundle
	local   *book

	mutex     sync.Mutex
	awayUntil time.Time
}

// New makes a Pace that is shared through Redis; with a nil client it is this process' alone, and uses the whole rate.
func New(client redis.UniversalClient, o Options) *Pace {
	if o.Share <= 0 || o.Share > 1 {
		o.Share = defaultShare
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Pace{options: o, client: client, scripts: newScripts(), bundle: &bundle{client: client}, local: newBook()}
}

// Reserve gives the instant at which a message may go out: now or earlier means go. An instant to come means: ask again then.
// A channel's name is made by [Name].
//
// A message keeps its slot, whichever worker asks and however often, until it is more than a second late for it, the
// channel or pair is held meanwhile, or the channel was slowed down; it then gets a new one. Slots are whole milliseconds,
// spaced by the channel's rate (GCRA with a burst): in any time W there are at most Burst + W x PerSecond of them.
// While it is the pair that has to wait, no slot of the channel is taken and the instant is that of the pair. Where the
// people of the day are used up, the answer says so.
// now is the caller's clock; Reserve takes at most 100 ms (longer only when history has to be read), and never fails.
func (p *Pace) Reserve(ctx context.Context, name, contactID, messageID string, limits Limits, now time.Time) Slot {
	ask := request{
		channel: name, contact: contactID, message: messageID, now: now.UnixMicro(), gap: limits.gap(), pairBurst: int64(limits.PairBurst),
		privileged: limits.Privileged, waits: limits.Waits, memory: max(0, limits.PairMemory.Microseconds()),
	}
	if limits.owesNothing(now) {
		ask.owed = &loan{}
	}
	for range 4 { // each book may have to be told of both
		given := p.ask(ctx, ask, limits)
		var told bool
		switch given.kind {
		case untold:
			told = p.recall(ctx, groupOf(name), now)
		case unpaid:
			told = p.recallPair(ctx, &ask)
		default:
			return given.slot()
		}
		if !told {
			break
		}
	}
	return Slot{At: now.Add(awayFor)}
}

func (p *Pace) ask(ctx context.Context, ask request, limits Limits) answer {
	if p.client == nil {
		return p.alone(ask, limits, 1)
	}
	if p.usable() {
		ask.tracks = limits.tracks(1)
		ask.usable = limits.usable(ask.tracks)
		ask.people = limits.people(1)
		given, err := p.askRedis(ctx, ask)
		if err == nil {
			if given.kind == reserved {
				p.local.remember(ask, given.at)
			}
			return given
		}
		p.failed(ctx, err)
	}
	ask.waits = false // the line is on Redis: look again when it may be back
	given := p.alone(ask, limits, p.options.Share)
	if given.kind == full {
		given.at = min(given.at, ask.now+awayFor.Microseconds()*30)
	}
	return given
}

func (p *Pace) alone(ask request, limits Limits, share float64) answer {
	ask.tracks = limits.tracks(share)
	ask.usable = limits.usable(ask.tracks)
	ask.people = limits.people(share)
	return p.local.reserve(ask)
}

// recall reads who was counted in the last day and tells it to the book that asked: the one of this process, and the one on
// Redis. It tells whether that worked.
func (p *Pace) recall(ctx context.Context, group string, now time.Time) bool {
	told := map[string]int64{}
	if p.options.History != nil {
		people, err := p.options.History(ctx, group, now.Add(-24*time.Hour))
		if err != nil {
			p.options.Logger.Warn("who was written to in the last 24 h cannot be read; messages that begin a talk wait", "error", err)
			return false
		}
		for contact, at := range people {
			told[contact] = at.UnixMicro()
		}
	}
	p.local.tell(group, told)
	if p.client == nil || !p.usable() {
		return true
	}
	short, cancel := context.WithTimeout(ctx, 20*patience)
	defer cancel()
	if err := p.tellRedis(short, group, told); err != nil {
		p.failed(ctx, err)
	}
	return true
}

// slot gives whole milliseconds: a reserved one from below, so that who comes back at it finds it reached, and a mere
// "not before" from above, so that nobody takes it for a slot.
func (a answer) slot() Slot {
	at := a.at
	if a.kind != reserved {
		at += 999
	}
	return Slot{At: time.UnixMilli(at / 1000), Full: a.kind == full, Used: int(a.used)}
}

// Slow halves a channel's rate: its provider said that it was too fast. What the rate lost comes back within minutes while
// there are no more such refusals; those that come together count once.
func (p *Pace) Slow(ctx context.Context, name string) {
	now := p.options.Now().UnixMicro()
	p.local.slow(name, now)
	p.slowOnRedis(ctx, name, now)
}

// HoldChannel lets nothing go out on a channel before an instant: its provider said that it was too fast. Why is for those who
// ask what a message waits for ([Pace.Look]). Slots before that instant lose their worth.
func (p *Pace) HoldChannel(ctx context.Context, channelID string, until time.Time, why string) {
	p.local.holdChannel(channelID, until.UnixMicro(), why)
	p.holdOnRedis(ctx, until, keyOf(channelID, "hold"), keyOf(channelID, "why"), why, 0)
}

// HoldPair does the same for one contact on a channel: its provider said that messages came too fast for this contact.
// Every slot that the pair was given before loses its worth, even one after that instant, so that what was refused can go
// first; what they borrowed is forgotten, because the provider's word counts more than ours.
func (p *Pace) HoldPair(ctx context.Context, channelID, contactID string, until time.Time) {
	p.local.holdPair(channelID, contactID, until.UnixMicro())
	p.holdOnRedis(ctx, until, keyOf(channelID, "pairhold:"+contactID), keyOf(channelID, "pair:"+contactID), "0/0", forgivenFor)
}

// FreePair ends what HoldPair began: something went through.
func (p *Pace) FreePair(ctx context.Context, channelID, contactID string) {
	p.local.freePair(channelID, contactID)
	p.freeOnRedis(ctx, keyOf(channelID, "pairhold:"+contactID))
}

// Release gives the slot of a message that will not be sent to others. It is best effort: a slot that is not
// released is lost to the channel, nothing else.
func (p *Pace) Release(ctx context.Context, channelID, contactID, messageID string) {
	now := p.options.Now().UnixMicro()
	p.local.release(channelID, contactID, messageID, now)
	p.releaseOnRedis(ctx, channelID, contactID, messageID, now)
}

// Degraded tells that Redis did not answer lately and that this process keeps to its share.
func (p *Pace) Degraded() bool { return p.client != nil && !p.usable() }

func (p *Pace) usable() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return !p.options.Now().Before(p.awayUntil)
}

// failed keeps the next callers from waiting for a Redis that does not answer. A caller that went away says nothing about Redis.
func (p *Pace) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	now := p.options.Now()
	p.mutex.Lock()
	first := p.awayUntil.IsZero() || now.Sub(p.awayUntil) > 10*awayFor
	p.awayUntil = now.Add(awayFor)
	p.mutex.Unlock()
	if first {
		p.local.forgetPairs(now.UnixMicro())
		p.options.Logger.Warn("Redis does not answer; messages go out at this process' share of the pace", "share", p.options.Share, "error", err)
	}
}
