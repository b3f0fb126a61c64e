package app

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/store"
)

const (
	// retentionPause lies between two looks whether it is time, and retentionEvery between two sweeps of the installation: days are
	// counted, so hours are early enough.
	retentionPause = 10 * time.Minute
	retentionEvery = 3 * time.Hour
	// retentionRest lies between two small transactions of a sweep, so that it is always behind everybody else.
	retentionRest = 50 * time.Millisecond
)

// retainRound is one sweep; count is told of each kind what was removed.
func retainRound(s *store.Store, count func(kind string, removed int64), log *slog.Logger) func(context.Context) error {
	retention := s.NewRetention(chat.NewID(), retentionRest, retentionEvery)
	return func(ctx context.Context) error {
		removed, err := retention.Sweep(ctx, time.Now())
		for _, kind := range slices.Sorted(maps.Keys(removed)) {
			count(kind, removed[kind])
			log.Info("removed what was kept long enough", "kind", kind, "rows", removed[kind])
		}
		return err
	}
}
