package app

import (
	"context"
	"log/slog"
	"time"

	"retoma/internal/desk"
)

// canaryEvery is the time from one canary to the next: rare enough to cost nothing, often enough to notice within two
// minutes that nothing rings any more.
const canaryEvery = 30 * time.Second

// canary is a due time of the installation's own. It is armed in Redis, rung, and claimed in SQL like a follow-up's, by
// whichever worker is rung first; how late that is tells of every follow-up, also while there are none.
type canary struct {
	store interface {
		RingCanary(ctx context.Context, every time.Duration) (next desk.Alarm, late time.Duration, rang bool, err error)
	}
	arm  func(alarm desk.Alarm)
	late func(late time.Duration)
	log  *slog.Logger
}

// isCanary tells the canary's wake-up from a contact's.
func isCanary(ref desk.Ref) bool { return ref == desk.Ref{ContactID: desk.CanaryID} }

// ring claims the canary if it is due, and arms the next one. It makes the first one, too.
func (c *canary) ring(ctx context.Context) error {
	next, late, rang, err := c.store.RingCanary(ctx, canaryEvery)
	if err != nil {
		return err
	}
	if rang {
		c.late(late)
		c.log.Debug("canary", "late_ms", late.Milliseconds())
	}
	if !next.At.IsZero() {
		c.arm(next)
	}
	return nil
}
