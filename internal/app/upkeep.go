package app

import (
	"context"
	"log/slog"
	"time"
)

// upkeepPause lies between two rounds of what keeps channels' knowledge fresh. A round that finds nothing to do costs two
// statements; every process that serves may do it, and each channel is taken by one.
const upkeepPause = 15 * time.Second

// upkeeper is the loop that does it.
type upkeeper struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func startUpkeep(ctx context.Context, round func(context.Context) error, log *slog.Logger) *upkeeper {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	u := &upkeeper{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(u.done)
		timer := time.NewTicker(upkeepPause)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			if err := round(ctx); err != nil && ctx.Err() == nil {
				log.Warn("channels were not looked after; they will be in the next round", "error", err)
			}
		}
	}()
	return u
}

// stop ends the loop and what it is doing.
func (u *upkeeper) stop() {
	u.cancel()
	<-u.done
}
