package app

import (
	"context"
	"log/slog"
	"time"
)

// The numbers of follow-ups are exact whether or not they are folded; folding keeps them quick to read. Every process does
// it, because any may be the only one.
const (
	foldPause = 5 * time.Second
	// foldBusyPause follows a fold that found a lot.
	foldBusyPause = time.Second
	foldALot      = 2_000
)

// folder is the loop that folds.
type folder struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// fold is what the loop calls: store.Fold.
type fold func(ctx context.Context) (folded int64, more bool, err error)

func startFolding(ctx context.Context, fold fold, log *slog.Logger) *folder {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &folder{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		foldUntil(ctx, fold, log)
	}()
	return f
}

// foldUntil folds until the context ends. A database that is away is asked again after the usual pause.
func foldUntil(ctx context.Context, fold fold, log *slog.Logger) {
	timer := time.NewTimer(foldPause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		folded, more, err := fold(ctx)
		if err != nil && ctx.Err() == nil {
			log.Warn("the numbers of follow-ups were not folded; they stay exact, but slow to read", "error", err)
		}
		timer.Reset(foldWait(folded, more))
	}
}

// foldWait is the pause until the next fold.
func foldWait(folded int64, more bool) time.Duration {
	switch {
	case more:
		return 0
	case folded >= foldALot:
		return foldBusyPause
	}
	return foldPause
}

// stop ends the loop; a fold under way is undone.
func (f *folder) stop() {
	f.cancel()
	<-f.done
}
