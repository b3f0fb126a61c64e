package app

import (
	"context"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/pace"
	"retoma/internal/store"
	"retoma/internal/worker"
)

// burst is how many messages a channel may send at once before its rate counts, and burstPart the part of the rate that it
// may be at most.
const (
	burst     = 10
	burstPart = 8
)

// incoming is the part of a number's rate that is left for what customers write: the provider counts messages in and out
// together (providers.md section 1.5).
const incoming = 10 // percent

// within splits a number's messages per second into a burst and an even rate that together never pass it in any second:
// providers count what came in the last one.
func within(perSecond int) (rate, atOnce int) {
	if perSecond > 0 {
		perSecond = max(1, perSecond*(100-incoming)/100)
	}
	atOnce = max(1, min(burst, perSecond/burstPart))
	return perSecond - (atOnce - 1), atOnce
}

// reserved is the part of a channel's rate that is kept for answers to people.
const reserved = 0.2

// kept is the part of a portfolio's people per day that only answers and transactional messages may use.
const kept = 0.1

// pairBurst is how many messages of a talk may go to one contact at once: the provider's 45, with room for what it has
// counted and we have not (providers.md section 1.5).
const pairBurst = 40

// jitter is what a pair's gap is longer here than the provider's: two messages do not take the same time on their way.
const jitter = 100 * time.Millisecond

// never is when something was last sent to whom nothing was sent.
var never = time.Unix(1, 0)

// pacer lets the worker ask the pace in its own words.
type pacer struct{ pace *pace.Pace }

func (p pacer) Reserve(ctx context.Context, l worker.PaceLimits) worker.PaceSlot {
	rate, atOnce := within(l.PerSecond)
	limits := pace.Limits{
		PerSecond: rate, Burst: atOnce, PairEvery: l.PairEvery, PairBurst: 1, Reserved: reserved, Urgent: l.Urgent,
		People: l.People, Begins: l.Begins, Kept: kept, Privileged: l.Privileged, Waits: l.Waits,
	}
	if l.Answers {
		limits.PairBurst = pairBurst
	}
	if l.PairEvery > 0 {
		limits.PairEvery += jitter
		limits.PairMemory, limits.LastSent = pairBurst*limits.PairEvery, l.LastSent
		if l.LastSent.IsZero() {
			limits.LastSent = never
		}
	}
	slot := p.pace.Reserve(ctx, nameOf(l.Channel), l.ContactID, l.MessageID, limits, l.Now)
	return worker.PaceSlot{At: slot.At, Full: slot.Full, Used: slot.Used}
}

func (p pacer) Hold(ctx context.Context, channel worker.PaceChannel, contactID string, until time.Time, why string) {
	if contactID == "" {
		p.pace.HoldChannel(ctx, nameOf(channel), until, why)
		return
	}
	if until.IsZero() {
		p.pace.FreePair(ctx, nameOf(channel), contactID)
		return
	}
	p.pace.HoldPair(ctx, nameOf(channel), contactID, until)
}

func (p pacer) Merged(ctx context.Context, channel worker.PaceChannel, contactID string) {
	p.pace.AskPair(ctx, nameOf(channel), contactID)
}

func (p pacer) Slow(ctx context.Context, channel worker.PaceChannel) {
	p.pace.Slow(ctx, nameOf(channel))
}

func (p pacer) Release(ctx context.Context, channel worker.PaceChannel, contactID, messageID string) {
	p.pace.Release(ctx, nameOf(channel), contactID, messageID)
}

// separator stands between a tenant and its portfolio; ids of tenants have none.
const separator = "|"

// nameOf names a channel to the pace. What tenants call their portfolios means nothing to other tenants.
func nameOf(channel worker.PaceChannel) string {
	if channel.Portfolio == channel.ID || channel.Portfolio == "" {
		return pace.Name(channel.TenantID+separator+channel.ID, channel.ID)
	}
	return pace.Name(channel.TenantID+separator+strings.NewReplacer("{", "(", "}", ")").Replace(channel.Portfolio), channel.ID)
}

// historyOf is what the store knows of a group's people.
func historyOf(s *store.Store) func(ctx context.Context, group string, since time.Time) (map[string]time.Time, error) {
	return func(ctx context.Context, group string, since time.Time) (map[string]time.Time, error) {
		tenantID, portfolio, _ := strings.Cut(group, separator)
		return s.PeopleBegun(ctx, tenantID, since, func(channel chat.Channel) bool {
			named, _, _ := strings.Cut(nameOf(worker.PaceChannel{TenantID: tenantID, Portfolio: channel.Portfolio(), ID: channel.ID}), "/"+channel.ID)
			return named == tenantID+separator+portfolio
		})
	}
}

// sentTo is what the store knows of what went to a contact on a channel, in the pace's names.
func sentTo(s *store.Store) func(ctx context.Context, name, contactID string, since time.Time) ([]time.Time, error) {
	return func(ctx context.Context, name, contactID string, since time.Time) ([]time.Time, error) {
		return s.SentTo(ctx, name[strings.LastIndexByte(name, '/')+1:], contactID, since)
	}
}
