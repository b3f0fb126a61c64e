package wake

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// insiders are those that are due inside of the horizon.
const insiders = 7

// crowd has some due in the horizon of 10 minutes, not so soon that they ring, and so many in the weeks after.
func crowd(beyond int) *world {
	s := newWorld()
	for i := range insiders {
		id := fmt.Sprintf("inside-%d", i)
		s.plan(runAlarm(id, contact("acme", id), time.Now().Add(5*time.Minute+time.Duration(i)*time.Second)))
	}
	for i := range beyond {
		id := fmt.Sprintf("beyond-%d", i)
		s.plan(runAlarm(id, contact("acme", id), time.Now().AddDate(0, 0, 30).Add(time.Duration(i)*time.Second)))
	}
	return s
}

// Redis and the process hold what is inside of the horizon, however much waits beyond it.
func TestWhatIsBeyondTheHorizonTakesNoKeyAndNoTimer(t *testing.T) {
	held := func(beyond int) (keys int, timers int) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, crowd(beyond).options())
			time.Sleep(time.Minute)
			require.Len(t, scheduled(t, w, QueueInbox), insiders)
			keys, timers = len(w.embedded.server.Keys()), w.Counters().Timers
		})
		return keys, timers
	}
	keys, timers := held(0)
	manyKeys, manyTimers := held(5000)
	require.Equal(t, keys, manyKeys)
	require.Equal(t, timers, manyTimers)
	require.LessOrEqual(t, timers, insiders)
}

func TestARealRedisTakesNoKeyForWhatIsBeyondTheHorizon(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		o := crowd(2000).options()
		o.RedisURL = url
		w := begin(t, o)
		eventually(t, func() bool { return len(scheduled(t, w, QueueInbox)) == insiders }, "the horizon is armed")
		keys, err := w.client.DBSize(t.Context()).Result()
		require.NoError(t, err)
		require.Less(t, keys, int64(100), "a task each for what is inside of the horizon, and what asynq keeps of its servers")
		require.LessOrEqual(t, w.Counters().Timers, insiders)
	})
}
