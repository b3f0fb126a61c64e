package web

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/fault"
)

// gate is an admission whose clock and delays a test sets.
type gate struct {
	*admission
	time time.Time
	wait time.Duration // for each who is there already
}

func newGate(limits AdmissionLimits) *gate {
	g := &gate{time: time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)}
	g.admission = newAdmission(limits, func(waiting int) time.Duration { return time.Duration(waiting) * g.wait }, func() time.Time { return g.time }, slog.New(slog.DiscardHandler))
	g.chance = func() float64 { return 0 }
	return g
}

func (g *gate) webhook(address string) (*visit, error) {
	v := &visit{admission: g.admission, kind: webhooks, holder: address}
	if err := v.glance(); err != nil {
		return nil, err
	}
	err := v.enter()
	return v, err
}

// fill lets webhooks of an address in until one is refused.
func (g *gate) fill(address string) (visits []*visit) {
	for {
		v, err := g.webhook(address)
		if err != nil {
			return visits
		}
		visits = append(visits, v)
	}
}

func TestWhoeverWouldWaitTooLongIsRefusedAtOnce(t *testing.T) {
	g := newGate(AdmissionLimits{Webhooks: Limits{Requests: 80, Bytes: 1 << 20, Wait: 2 * time.Second}})
	g.wait = 100 * time.Millisecond
	flooding := g.fill("/webhooks/meta/a")
	require.Len(t, flooding, 11, "one who floods may fill half of the patience: ten wait for a second")
	others := g.fill("/webhooks/meta/b")
	require.NotEmpty(t, others, "somebody else is still let in")
	require.LessOrEqual(t, len(flooding)+len(others), 21, "until anybody would wait for two")
	for _, v := range append(flooding, others...) {
		v.leave()
	}
	require.Zero(t, g.load().WebhooksUnderWay)
	require.Empty(t, g.holders)

	g.wait = time.Hour
	first, err := g.webhook("/webhooks/meta/a")
	require.NoError(t, err, "somebody is always let in: how else should anybody learn that it goes on")
	_, err = g.webhook("/webhooks/meta/a")
	require.Error(t, err)
	first.leave()
}

func TestTheDoorLearnsHowLongAPlaceTakesAndForgets(t *testing.T) {
	g := newGate(AdmissionLimits{Webhooks: Limits{Requests: 400, Bytes: 1 << 20, Wait: 2 * time.Second}})
	round := func(count int, each time.Duration) (inside int) {
		var there []*visit
		for i := range count {
			if v, err := g.webhook([]string{"a", "b", "c"}[i%3]); err == nil {
				there = append(there, v)
			}
		}
		for _, v := range there { // first come, first served
			g.time = g.time.Add(each)
			v.leave()
		}
		return len(there)
	}
	require.Equal(t, 400, round(1000, 20*time.Millisecond), "nothing is known yet")
	for range 10 {
		require.InDelta(t, 100, round(1000, 20*time.Millisecond), 20, "at fifty a second, as many as are done in two")
	}
	for range 400 {
		round(1, 5*time.Millisecond)
	}
	require.Equal(t, 400, round(1000, time.Millisecond), "it is forgotten when it goes well again")
}

func TestTheLongerThereIsTooMuchTheLaterToComeAgain(t *testing.T) {
	g := newGate(AdmissionLimits{Webhooks: Limits{Bytes: 1}})
	after := func() time.Duration {
		_, err := g.webhook("/webhooks/meta/a")
		return fault.Of(err).After
	}
	require.Equal(t, time.Second, after())
	g.chance = func() float64 { return 0.5 }
	require.Equal(t, 1500*time.Millisecond, after(), "not all at once")
	g.chance = func() float64 { return 0 }
	for range 20 {
		g.time = g.time.Add(time.Second)
		after()
	}
	require.Equal(t, 10*time.Second, after())
	for range 60 {
		g.time = g.time.Add(5 * time.Second)
		after()
	}
	require.Equal(t, 30*time.Second, after())
	g.time = g.time.Add(calm + time.Second)
	require.Equal(t, time.Second, after(), "after a calm it begins anew")
}

// Whatever comes and goes, in whatever order: the limits hold, and nothing is left when all have left.
func TestTheLimitsHoldWhateverComesAndGoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := AdmissionLimits{
			Webhooks: Limits{Requests: rapid.IntRange(1, 6).Draw(t, "webhooks"), Bytes: 1 << 20},
			Calls:    Limits{Requests: rapid.IntRange(1, 6).Draw(t, "calls"), Bytes: 1 << 18},
		}
		g := newGate(limits)
		var there []*visit
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(there) > 0 && rapid.Bool().Draw(t, "goes") {
				i := rapid.IntRange(0, len(there)-1).Draw(t, "who")
				there[i].leave()
				there[i].leave() // twice is once
				there = append(there[:i], there[i+1:]...)
				continue
			}
			v := &visit{admission: g.admission, kind: kind(rapid.IntRange(0, 1).Draw(t, "kind"))}
			if v.kind == webhooks {
				v.holder = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "address")
			}
			err := v.glance()
			if err == nil {
				err = v.hold(int64(rapid.IntRange(1, 200<<10).Draw(t, "bytes")))
			}
			if err == nil {
				err = v.enter()
			}
			if err != nil {
				v.leave()
				continue
			}
			there = append(there, v)
			load := g.load()
			require.LessOrEqual(t, load.WebhooksUnderWay, limits.Webhooks.Requests)
			require.LessOrEqual(t, load.CallsUnderWay, limits.Calls.Requests)
			require.LessOrEqual(t, load.WebhookBytes, limits.Webhooks.Bytes)
			require.LessOrEqual(t, load.CallBytes, limits.Calls.Bytes)
			require.Equal(t, len(there), load.WebhooksUnderWay+load.CallsUnderWay)
		}
		for _, v := range there {
			v.leave()
		}
		load := g.load()
		load.WebhooksShed, load.CallsShed = 0, 0
		require.Equal(t, Load{}, load)
		require.Empty(t, g.holders)
	})
}
