package wake

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// go-redis looks once a second whether its closed pool may end its probe for a Redis that was away.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

func TestContactIsWorkedOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		w := begin(t, s.options())
		ana := contact("acme", "ana")
		s.receive(ana)
		began := time.Now()
		w.Contact(ana)
		synctest.Wait()
		require.Len(t, s.workedOn(ana), 1)
		require.Zero(t, s.workedOn(ana)[0].at.Sub(began), "no poll lies between a wake-up and its work")
	})
}

func TestAlarmRingsToTheMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld()
		w := begin(t, s.options())
		began := time.Now()
		for _, ahead := range []time.Duration{3 * time.Millisecond, 4500 * time.Millisecond, 17*time.Second + 357*time.Millisecond, 9*time.Minute + 700*time.Millisecond} {
			w.At(s.plan(runAlarm(ahead.String(), contact("acme", ahead.String()), began.Add(ahead))))
		}
		time.Sleep(10 * time.Minute)
		require.True(t, s.empty())
		require.Len(t, s.works, 4, "each alarm was worked on once: none early and in vain")
		for _, one := range s.works {
			ahead, err := time.ParseDuration(one.rows[0])
			require.NoError(t, err)
			late := one.at.Sub(began.Add(ahead))
			require.GreaterOrEqual(t, late, time.Duration(0))
			require.LessOrEqual(t, late, time.Millisecond)
		}
		require.EqualValues(t, 4, w.Lateness().Count)
		require.LessOrEqual(t, w.Lateness().Max, time.Millisecond)
	})
}
