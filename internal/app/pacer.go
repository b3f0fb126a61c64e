package app

import (
	"context"
	"time"

	"retoma/internal/pace"
	"retoma/internal/worker"
)

// burst is how many messages a channel may send at once before its rate counts.
const burst = 10

// pacer lets the worker ask the pace in its own words.
type pacer struct{ pace *pace.Pace }

func (p pacer) Reserve(ctx context.Context, l worker.PaceLimits) time.Time {
	limits := pace.Limits{PerSecond: l.PerSecond, Burst: burst, PairEvery: l.PairEvery}
	return p.pace.Reserve(ctx, l.ChannelID, l.ContactID, l.MessageID, limits, l.Now)
}

func (p pacer) Hold(ctx context.Context, channelID, contactID string, until time.Time) {
	if contactID == "" {
		p.pace.HoldChannel(ctx, channelID, until)
		return
	}
	p.pace.HoldPair(ctx, channelID, contactID, until)
}
