package pace

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// strictPair is the provider's rule for one contact, as the sandbox enforces it (its usage.go).
type strictPair struct {
	began, free time.Time
	sent        int
}

const strictGap = 6 * time.Second

func (s *strictPair) takes(now time.Time) bool {
	switch {
	case !now.Before(s.free):
		s.began, s.sent = now, 0
	case now.Sub(s.began) >= strictGap || s.sent >= 45:
		return false
	}
	s.sent++
	s.free = s.began.Add(time.Duration(s.sent) * strictGap)
	return true
}

// Whatever comes, on one or on several workers, and however late the messages use their slots: the provider refuses none.
func TestAStrictProviderRefusesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		rapid.Check(t, func(r *rapid.T) {
			now := noon()
			clock := func() time.Time { return now }
			workers := []*Pace{New(client, quietly(Options{Now: clock}))}
			if client != nil {
				workers = append(workers, New(client, quietly(Options{Now: clock})))
			}
			channel := uuid.NewString()
			limits := Limits{
				PerSecond: rapid.IntRange(2, 80).Draw(r, "perSecond"), Burst: rapid.IntRange(1, 10).Draw(r, "burst"),
				PairEvery: strictGap, Reserved: 0.2,
			}
			provider := map[string]*strictPair{"ana": {}, "bia": {}}
			type waiting struct {
				contact, id string
				limits      Limits
			}
			var line []waiting
			for step := range rapid.IntRange(1, 15).Draw(r, "steps") {
				now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 50, 400, 900, 1500, 4000, 9000, 60_000}).Draw(r, "passes")) * time.Millisecond)
				if rapid.IntRange(0, 15).Draw(r, "held") == 0 {
					workers[0].HoldChannel(t.Context(), channel, at(now, 2*time.Second), "x")
				}
				for i := range rapid.SampledFrom([]int{0, 1, 2, 5, 50}).Draw(r, "come") {
					one := waiting{rapid.SampledFrom([]string{"ana", "bia"}).Draw(r, "contact"), fmt.Sprint(step, "-", i), limits}
					one.limits.Urgent = rapid.Bool().Draw(r, "urgent")
					one.limits.PairBurst = rapid.SampledFrom([]int{1, 40, 40}).Draw(r, "pairBurst")
					line = append(line, one)
				}
				var left []waiting
				for i, one := range line {
					slot := workers[(step+i)%len(workers)].Reserve(t.Context(), channel, one.contact, one.id, one.limits, now)
					if slot.At.After(now) {
						left = append(left, one)
						continue
					}
					require.True(r, provider[one.contact].takes(now), "%s %s at %s", one.contact, one.id, now)
				}
				line = left
			}
		})
	})
}

func TestAHoldOfAPairVoidsEverySlotOfBefore(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{Now: noon})), uuid.NewString()
		talk := Limits{PerSecond: 1, PairEvery: 6 * time.Second, PairBurst: 40}
		for i := range 4 {
			require.Equal(t, at(noon(), time.Duration(i)*time.Second), reserveAt(t, p, channel, "ana", fmt.Sprint("m", i), talk, noon()))
		}
		until := at(noon(), time.Second) // m1 to m3 have slots that are not before it
		p.HoldPair(t.Context(), channel, "ana", until)
		require.Equal(t, at(noon(), 4*time.Second), reserveAt(t, p, channel, "ana", "m0", talk, until), "what was refused goes first")
		require.Equal(t, at(noon(), 5*time.Second), reserveAt(t, p, channel, "ana", "m1", talk, until))

		p.HoldPair(t.Context(), channel, "ana", at(noon(), time.Hour))
		require.Equal(t, at(noon(), time.Hour), reserveAt(t, p, channel, "ana", "m0", talk, until))
		p.FreePair(t.Context(), channel, "ana")
		require.Equal(t, at(noon(), 6*time.Second), reserveAt(t, p, channel, "ana", "m0", talk, until), "something went through")
	})
}
