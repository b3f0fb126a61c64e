package worker

import (
	"context"
	"fmt"
	"time"

	"retoma/internal/desk"
)

// settle acts on what a refusal said, right after it was written down. If that fails, [Worker.Settle] finds it again.
func (w *Worker) settle(ctx context.Context, trouble desk.Trouble) {
	notifications, err := w.Store.ApplyTrouble(context.WithoutCancel(ctx), trouble)
	if err != nil {
		w.Logger.Warn("what a refusal says of a channel could not be written there yet", "tenant", trouble.TenantID, "channel", trouble.ChannelID,
			"number", trouble.Reach.Number, "error", err)
		return
	}
	w.Logger.Warn("a refusal reaches beyond its message", "tenant", trouble.TenantID, "channel", trouble.ChannelID, "scope", trouble.Reach.Scope,
		"code", trouble.Code, "number", trouble.Reach.Number)
	for _, id := range notifications {
		w.Waker.Notification(id)
	}
}

const (
	// settleAfter is how old a trouble is that its own process has surely left behind.
	settleAfter = 5 * time.Second
	settleLimit = 100
)

// Settle acts on troubles whose process died before it could. Any process may call it, as often as it likes.
func (w *Worker) Settle(ctx context.Context) error {
	troubles, err := w.Store.Troubles(ctx, w.Now().Add(-settleAfter), settleLimit)
	if err != nil {
		return fmt.Errorf("reading what refusals said: %w", err)
	}
	for _, trouble := range troubles {
		w.settle(ctx, trouble)
	}
	return nil
}
