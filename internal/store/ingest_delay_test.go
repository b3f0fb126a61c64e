package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// slow is a store whose first grouped commit ends when it is let go, with a clock that stands.
type slow struct {
	*store.Store
	began, open chan struct{}
	mutex       sync.Mutex
	now         time.Time
}

func newSlow(t *testing.T, engine string) *slow {
	s := &slow{began: make(chan struct{}), open: make(chan struct{}), now: time.Now()}
	var once sync.Once
	s.Store = storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: s.clock, Committed: func(point string) {
		if point == "receive" {
			once.Do(func() { close(s.began); <-s.open })
		}
	}})
	return s
}

func (s *slow) clock() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.now
}

func (s *slow) advance(by time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.now = s.now.Add(by)
}

func TestWhoeverHasGoneIsNotWrittenAndTheDelayIsTheCommitsOwn(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newSlow(t, engine)
			tenant, channel := storetest.Tenant(t, s.Store)
			require.Zero(t, s.IntakeDelay(1000), "nobody has waited yet")
			put := func(ctx context.Context, id string) <-chan error {
				done := make(chan error, 1)
				go func() {
					_, err := s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{message(tenant, channel, "+5511999990001", id, "oi")}})
					done <- err
				}()
				return done
			}
			first := put(t.Context(), "first")
			<-s.began
			leaving, leave := context.WithCancel(t.Context())
			gone := put(leaving, "gone")
			last := put(t.Context(), "last")
			require.Eventually(t, func() bool { return s.Arriving() == 2 }, time.Minute, time.Millisecond)
			s.advance(3 * time.Second)
			require.Equal(t, 3*time.Second, s.IntakeDelay(1), "as long as the present commit has taken")
			require.Equal(t, 6*time.Second, s.IntakeDelay(257), "and as long again for the one after")
			leave()
			require.Error(t, <-gone)
			close(s.open)
			require.NoError(t, <-first)
			require.NoError(t, <-last)
			require.Eventually(t, func() bool { return s.IntakeDelay(1) < 3*time.Second && s.IntakeDelay(1) > 0 }, time.Minute, time.Millisecond, "it is forgotten by and by")
			unread, err := s.UnreadMail(t.Context(), 100)
			require.NoError(t, err)
			require.Equal(t, 2, unread)
			unread, err = s.UnreadMail(t.Context(), 1)
			require.NoError(t, err)
			require.Equal(t, 1, unread, "no more is counted than was asked")
		})
	}
}
