package channels

import (
	"context"
	"errors"
	"sync"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// How old knowledge about a channel may get.
const (
	syncEvery    = 6 * time.Hour
	syncAgain    = 10 * time.Minute // after a synchronisation that failed
	numberEvery  = 6 * time.Hour
	offlineEvery = 5 * time.Minute
	// upkeepTimeout bounds one channel, and upkeepWidth how many are asked about at once.
	upkeepTimeout = time.Minute
	upkeepWidth   = 4
)

// Upkeep does one round of what keeps channels' knowledge fresh: it reads templates that are wanted or old, asks how numbers
// stand, brings back channels that were offline and can send again, and writes down what webhooks heard. Every process may
// call it as often as it likes: each channel is taken by one of them. What fails for one channel is tried again later and
// logged; the error is the database's.
func (h *Handlers) Upkeep(ctx context.Context) error {
	now := h.Now()
	failures := []error{h.Hearing.Write(ctx)}
	syncs, err := h.Store.ClaimSyncs(ctx, now, now.Add(-syncEvery), now.Add(syncAgain))
	failures = append(failures, err)
	h.forEach(ctx, "templates", syncs, func(ctx context.Context, channel chat.Channel) error {
		_, err := h.readTemplates(ctx, channel)
		return err
	})
	checks, err := h.Store.ClaimChecks(ctx, now, now.Add(-offlineEvery), now.Add(-numberEvery))
	failures = append(failures, err)
	h.forEach(ctx, "number", checks, func(ctx context.Context, channel chat.Channel) error {
		return h.askNumber(ctx, channel, fault.LiftProbe)(ctx)
	})
	return errors.Join(failures...)
}

func (h *Handlers) forEach(ctx context.Context, about string, channels []chat.Channel, do func(context.Context, chat.Channel) error) {
	var working sync.WaitGroup
	free := make(chan struct{}, upkeepWidth)
	for _, channel := range channels {
		free <- struct{}{}
		working.Go(func() {
			defer func() { <-free }()
			bounded, cancel := context.WithTimeout(ctx, upkeepTimeout)
			defer cancel()
			if err := do(bounded, channel); err != nil && ctx.Err() == nil {
				h.Logger.Warn("a channel was not refreshed", "about", about, "channel", channel.ID, "code", string(fault.CodeOf(err)), "error", err)
			}
		})
	}
	working.Wait()
}

// readTemplates makes the stored templates those of the provider; a provider without templates has none to read.
func (h *Handlers) readTemplates(ctx context.Context, channel chat.Channel) (known bool, err error) {
	source, can := h.Providers[channel.Provider].(provider.TemplateSource)
	if !can {
		return false, nil
	}
	found, err := source.Templates(ctx, channel)
	if err != nil {
		return true, err
	}
	return true, h.Store.SaveTemplates(ctx, channel.TenantID, channel.ID, found)
}

// askNumber asks the provider how the number stands. What it gives keeps the answer, with a context of its own: the provider's
// silence takes no time from the database. by is who looks: what a refusal took offline comes back only if they may say so.
func (h *Handlers) askNumber(ctx context.Context, channel chat.Channel, by fault.Lift) func(ctx context.Context) error {
	source, can := h.Providers[channel.Provider].(provider.NumberSource)
	if !can {
		return func(context.Context) error { return nil }
	}
	state, blocked, err := source.Number(ctx, channel)
	if err != nil {
		return func(context.Context) error { return err }
	}
	return func(ctx context.Context) error { return h.keepNumber(ctx, channel, state, blocked, by) }
}

// keepNumber keeps what the provider says of the number, and brings a channel back that can send again.
func (h *Handlers) keepNumber(ctx context.Context, channel chat.Channel, state chat.NumberState, blocked string, by fault.Lift) error {
	state.CheckedAt = h.Now()
	old := channel.Number
	old.CheckedAt = state.CheckedAt
	back := !channel.Online && blocked == ""
	if state == old && !back {
		return nil
	}
	came := false
	changed, err := h.Store.ChangeChannel(ctx, channel.TenantID, channel.ID, func(c *chat.Channel) error {
		c.Number = merged(c.Number, state)
		switch {
		case !back || c.Online:
		case c.Limits.Outage != nil:
			*c, came = c.Recover(by, h.Now())
		default:
			c.Online, c.OfflineReason, came = true, "", true
		}
		return nil
	})
	if err != nil || !came {
		return err
	}
	return h.WakeChannel(ctx, changed)
}

// merged keeps what was known where the provider says nothing now: webhooks tell some of it too.
func merged(before, now chat.NumberState) chat.NumberState {
	for _, one := range []struct {
		known string
		now   *string
	}{
		{before.Quality, &now.Quality}, {before.Status, &now.Status}, {before.Tier, &now.Tier}, {before.VerifiedName, &now.VerifiedName},
		{before.NameStatus, &now.NameStatus},
	} {
		if *one.now == "" {
			*one.now = one.known
		}
	}
	if now.Throughput == 0 {
		now.Throughput = before.Throughput
	}
	return now
}
