package store

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhoAsksDuringAReadingIsToldWhatTheNextOneFinds(t *testing.T) {
	asked := newShared[int64]()
	var readings atomic.Int64
	begun, release := make(chan struct{}), make(chan struct{})
	read := func(context.Context) (int64, error) {
		number := readings.Add(1)
		if number == 1 {
			close(begun)
			<-release
		}
		return number, nil
	}
	first := make(chan int64, 1)
	go func() {
		value, _ := asked.ask(t.Context(), "a", read)
		first <- value
	}()
	<-begun
	const many = 20
	later := make(chan int64, many)
	for range many {
		go func() {
			value, _ := asked.ask(t.Context(), "a", read)
			later <- value
		}()
	}
	other, err := asked.ask(t.Context(), "b", func(context.Context) (int64, error) { return 0, errors.New("no such") })
	require.Zero(t, other)
	require.ErrorContains(t, err, "no such", "another name waits for nobody")
	require.Eventually(t, func() bool { return asked.waits("a") }, 10*time.Second, time.Millisecond)
	close(release)
	require.Equal(t, int64(1), <-first)
	for range many {
		require.Greater(t, <-later, int64(1), "who asked while the first reading was under way is told a newer one")
	}
	require.LessOrEqual(t, readings.Load(), int64(1+many))
}

func TestWhoAsksAndGoesAwayWaitsForNothing(t *testing.T) {
	asked := newShared[int]()
	release := make(chan struct{})
	begun := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, err := asked.ask(context.Background(), "a", func(context.Context) (int, error) {
			close(begun)
			<-release
			return 1, nil
		})
		if err != nil {
			panic(err)
		}
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := asked.ask(ctx, "a", func(context.Context) (int, error) { return 2, nil })
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	<-ended
}

func (s *shared[T]) waits(name string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.next[name] != nil
}
