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
	Share  float64
	Now    func() time.Time
	Logger *slog.Logger
}

// Pace keeps the channels' pace.
type Pace struct {
	options Options
	client  redis.UniversalClient // nil: this process is the only one
	scripts scripts
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
	return &Pace{options: o, client: client, scripts: newScripts(), local: newBook()}
}

// Reserve gives the instant at which a message may go out: now or earlier means go. An instant to come means: ask again then.
//
// A message keeps its slot, whichever worker asks and however often, until it is more than a second late for it or the
// channel or pair is held meanwhile; it then gets a new one. Slots are whole milliseconds, spaced by the channel's rate
// (GCRA with a burst): in any time W there are at most Burst + W x PerSecond of them.
// While it is the pair that has to wait, no slot of the channel is taken and the instant is that of the pair.
// now is the caller's clock; Reserve takes at most 100 ms, and never fails.
func (p *Pace) Reserve(ctx context.Context, channelID, contactID, messageID string, limits Limits, now time.Time) time.Time {
	ask := request{channel: channelID, contact: contactID, message: messageID, now: now.UnixMicro(), gap: limits.gap()}
	if p.client == nil {
		return p.alone(ask, limits, 1)
	}
	if p.usable() {
		ask.tracks = limits.tracks(1)
		ask.usable = limits.usable(ask.tracks)
		given, err := p.askRedis(ctx, ask)
		if err == nil {
			if given.reserved {
				p.local.remember(ask, given.at)
			}
			return given.instant()
		}
		p.failed(ctx, err)
	}
	return p.alone(ask, limits, p.options.Share)
}

func (p *Pace) alone(ask request, limits Limits, share float64) time.Time {
	ask.tracks = limits.tracks(share)
	ask.usable = limits.usable(ask.tracks)
	return p.local.reserve(ask).instant()
}

// instant gives whole milliseconds: a slot from below, so that who comes back at it finds it reached, and a mere
// "not before" from above, so that nobody takes it for a slot.
func (a answer) instant() time.Time {
	at := a.at
	if !a.reserved {
		at += 999
	}
	return time.UnixMilli(at / 1000)
}

// HoldChannel lets nothing go out on a channel before an instant: its provider said that it was too fast.
// Slots before that instant lose their worth.
func (p *Pace) HoldChannel(ctx context.Context, channelID string, until time.Time) {
	p.local.holdChannel(channelID, until.UnixMicro())
	p.holdOnRedis(ctx, keyOf(channelID, "hold"), until)
}

// HoldPair does the same for one contact on a channel.
func (p *Pace) HoldPair(ctx context.Context, channelID, contactID string, until time.Time) {
	p.local.holdPair(channelID, contactID, until.UnixMicro())
	p.holdOnRedis(ctx, keyOf(channelID, "pairhold:"+contactID), until)
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
		p.options.Logger.Warn("Redis does not answer; messages go out at this process' share of the pace", "share", p.options.Share, "error", err)
	}
}
