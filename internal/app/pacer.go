package app

import (
	"context"
	"time"

	"retoma/internal/pace"
	"retoma/internal/worker"
)

// burst is how many messages a channel may send at once before its rate counts.
const burst = 10

// reserved is the part of a channel's rate that is kept for answers to people.
const reserved = 0.2

// pacer lets the worker ask the pace in its own words.
type pacer struct{ pace *pace.Pace }

func (p pacer) Reserve(ctx context.Context, l worker.PaceLimits) time.Time {
	limits := pace.Limits{PerSecond: l.PerSecond, Burst: burst, PairEvery: l.PairEvery, Reserved: reserved, Urgent: l.Urgent}
	return p.pace.Reserve(ctx, l.ChannelID, l.ContactID, l.MessageID, limits, l.Now)
}

func (p pacer) Hold(ctx context.Context, channelID, contactID string, until time.Time) {
	if contactID == "" {
		p.pace.HoldChannel(ctx, channelID, until)
		return
	}
	p.pace.HoldPair(ctx, channelID, contactID, until)
}

func (p pacer) Release(ctx context.Context, channelID, contactID, messageID string) {
	p.pace.Release(ctx, channelID, contactID, messageID)
}
