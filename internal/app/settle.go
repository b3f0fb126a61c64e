package app

import (
	"context"
	"log/slog"
	"time"
)

// settlePause is between two looks for what refusals said of channels and templates and a process that died left undone.
// Usually there is nothing: whoever was refused acts on it at once.
const settlePause = 10 * time.Second

// settler is the loop that settles.
type settler struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func startSettling(ctx context.Context, settle func(context.Context) error, log *slog.Logger) *settler {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &settler{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		ticker := time.NewTicker(settlePause)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := settle(ctx); err != nil && ctx.Err() == nil {
				log.Warn("what refusals said of channels could not be looked through", "error", err)
			}
		}
	}()
	return s
}

// stop ends the loop.
func (s *settler) stop() {
	s.cancel()
	<-s.done
}
