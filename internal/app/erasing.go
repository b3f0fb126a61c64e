package app

import (
	"context"
	"log/slog"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// erasePause lies between two looks for erasures that nobody finished: because a send was under way, the caller had gone, the
// process died, or because the last look is due. A look that finds nothing costs one statement.
const erasePause = 10 * time.Second

// eraseMost is how many erasures one round takes.
const eraseMost = 20

// erasures are what the loop asks of the store.
type erasures interface {
	Erasures(ctx context.Context, now time.Time, limit int) ([]desk.Ref, error)
	FinishErasure(ctx context.Context, contactID string) error
}

// eraseRound finishes what is due. sweep then removes the bytes of files that nobody has any more.
func eraseRound(ctx context.Context, store erasures, now time.Time, sweep func(context.Context) (int, error), log *slog.Logger) error {
	due, err := store.Erasures(ctx, now, eraseMost)
	if err != nil || len(due) == 0 {
		return err
	}
	for _, one := range due {
		switch err := store.FinishErasure(ctx, one.ContactID); {
		case err == nil:
			log.Info("a contact's erasure was looked through to its end", "tenant", one.TenantID, "contact", one.ContactID)
		case fault.Is(err, fault.Conflict):
		default:
			return err
		}
	}
	_, err = sweep(ctx)
	return err
}
