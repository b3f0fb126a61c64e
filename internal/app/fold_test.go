package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// What is folded at once, what after a short pause, and what after the usual one.
func TestFoldingFollowsHowMuchThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type found struct {
			folded int64
			more   bool
			err    error
		}
		answers := []found{{20_000, true, nil}, {3_000, false, nil}, {10, false, nil}, {0, false, errors.New("away")}, {0, false, nil}}
		began := time.Now()
		var at []time.Duration
		loop := startFolding(t.Context(), func(context.Context) (int64, bool, error) {
			answer := answers[min(len(at), len(answers)-1)]
			at = append(at, time.Since(began))
			return answer.folded, answer.more, answer.err
		}, slog.New(slog.DiscardHandler))
		time.Sleep(18 * time.Second)
		loop.stop()
		require.Equal(t, []time.Duration{5 * time.Second, 5 * time.Second, 6 * time.Second, 11 * time.Second, 16 * time.Second}, at)
	})
}

func TestAFoldUnderWayEndsWithTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loop := startFolding(t.Context(), func(ctx context.Context) (int64, bool, error) {
			<-ctx.Done()
			return 0, false, ctx.Err()
		}, slog.New(slog.DiscardHandler))
		time.Sleep(foldPause + time.Second)
		loop.stop()
	})
}
