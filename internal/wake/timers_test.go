package wake

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// rings are timers together with what has rung, and when.
type rings struct {
	*timers
	rung []timer
	at   []time.Time
}

func newRings(limit int) *rings {
	r := &rings{}
	r.timers = newTimers(Options{Now: time.Now, QueueLimit: limit}, func(one timer) {
		r.rung = append(r.rung, one)
		r.at = append(r.at, time.Now())
	})
	return r
}

func TestTimersRingInOrderAndOnTime(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		waits := rapid.SliceOfN(rapid.IntRange(-1000, 100_000), 1, 60).Draw(draw, "milliseconds")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 2000), len(waits), len(waits)).Draw(draw, "pauses")
		synctest.Test(t, func(t *testing.T) {
			r := newRings(1000)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { r.run(ctx); close(ended) }()
			asked := map[string]time.Time{}
			for i, wait := range waits {
				id := fmt.Sprint(i)
				asked[id] = time.Now()
				require.True(t, r.add(timer{ref: contact("acme", id), at: time.Now().Add(time.Duration(wait) * time.Millisecond)}))
				time.Sleep(time.Duration(pauses[i]) * time.Millisecond)
			}
			time.Sleep(5 * time.Minute)
			cancel()
			<-ended
			require.Len(t, r.rung, len(waits))
			for i, one := range r.rung {
				due := one.at
				if asked[one.ref.ContactID].After(due) {
					due = asked[one.ref.ContactID]
				}
				require.Zero(t, r.at[i].Sub(due), "to the instant, never early")
			}
			require.Zero(t, r.length())
			require.Empty(t, r.held)
			require.Empty(t, r.known)
		})
	})
}

func TestTheSameRingIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRings(3) // of which one tenant gets two
		one := timer{ref: contact("acme", "ana"), at: time.Now().Add(time.Second)}
		for range 5 {
			require.True(t, r.add(one))
		}
		require.Equal(t, 1, r.length())
		require.True(t, r.add(timer{ref: one.ref, at: one.at.Add(time.Second)}))
		require.False(t, r.add(timer{ref: contact("acme", "bia"), at: one.at}), "the heap is bounded")
		since, held, _ := r.heldSince(one.ref)
		require.True(t, held)
		require.Equal(t, time.Now(), since)
		time.Sleep(time.Second)
		require.Len(t, r.due(), 1)
		_, held, _ = r.heldSince(one.ref)
		require.True(t, held, "there is another")
		time.Sleep(time.Second)
		require.Len(t, r.due(), 1)
		_, held, _ = r.heldSince(one.ref)
		require.False(t, held)
	})
}

func TestAClockThatIsSetForwardIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRings(10)
		var jump atomic.Int64
		r.now = func() time.Time { return time.Now().Round(0).Add(time.Duration(jump.Load())) }
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		r.add(timer{ref: contact("acme", "ana"), at: time.Now().Add(time.Hour)})
		go func() { r.run(ctx); close(ended) }()
		synctest.Wait()
		jump.Store(int64(time.Hour))
		time.Sleep(longestSleep)
		synctest.Wait()
		require.Len(t, r.rung, 1)
		cancel()
		<-ended
	})
}
