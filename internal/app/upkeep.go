package app

import (
	"context"
	"time"
)

// upkeepPause lies between two rounds of what keeps channels' knowledge fresh. A round that finds nothing to do costs two
// statements; every process that serves may do it, and each channel is taken by one.
const upkeepPause = 15 * time.Second

// rounds is a loop that does the same thing again and again.
type rounds struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// startRounds does a round after every pause; what one could not do is said to failed.
func startRounds(ctx context.Context, pause time.Duration, round func(context.Context) error, failed func(error)) *rounds {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &rounds{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		timer := time.NewTicker(pause)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			if err := round(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}()
	return r
}

// stop ends the loop and what it is doing.
func (r *rounds) stop() {
	r.cancel()
	<-r.done
}
