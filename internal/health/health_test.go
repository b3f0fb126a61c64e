package health_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/health"
)

func finds(state health.State) func(context.Context) health.Finding {
	return func(context.Context) health.Finding {
		return health.Finding{State: state, Problem: string(state), Err: errors.New(string(state))}
	}
}

func TestTheWholeIsAsItsWorstPart(t *testing.T) {
	for _, one := range []struct {
		parts []health.State
		whole health.State
	}{
		{nil, health.OK},
		{[]health.State{health.OK, health.OK}, health.OK},
		{[]health.State{health.OK, health.Degraded}, health.Degraded},
		{[]health.State{health.Degraded, health.Ill, health.OK}, health.Ill},
	} {
		var checks []health.Check
		for _, state := range one.parts {
			checks = append(checks, health.Check{Name: string(state), Look: finds(state)})
		}
		board := health.New(health.Options{Checks: checks, Patience: time.Minute, Now: time.Now})
		require.Equal(t, one.whole, board.Report(t.Context()).State)
	}
}

func TestAskingOftenCostsNothing(t *testing.T) {
	now, looks := time.Unix(1000, 0), 0
	board := health.New(health.Options{
		Kept: 2 * time.Second, Patience: time.Minute, Now: func() time.Time { return now },
		Checks: []health.Check{{Name: "a", Look: func(context.Context) health.Finding { looks++; return health.Well() }}},
	})
	for range 100 {
		board.Report(t.Context())
	}
	require.Equal(t, 1, looks)
	now = now.Add(2 * time.Second)
	board.Report(t.Context())
	require.Equal(t, 2, looks)
}

func TestACallerWhoLeavesDoesNotSpoilTheAnswerForOthers(t *testing.T) {
	board := health.New(health.Options{
		Kept: time.Minute, Patience: time.Minute, Now: time.Now,
		Checks: []health.Check{{Name: "a", Look: func(ctx context.Context) health.Finding {
			if ctx.Err() != nil {
				return health.Finding{State: health.Ill}
			}
			return health.Well()
		}}},
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	require.Equal(t, health.OK, board.Report(gone).State)
}

func TestAPartThatHangsIsIllAndHoldsNobodyUp(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	board := health.New(health.Options{
		Patience: 10 * time.Millisecond, Now: time.Now,
		Checks: []health.Check{
			{Name: "hangs", Look: func(context.Context) health.Finding { <-release; return health.Well() }},
			{Name: "well", Look: finds(health.OK)},
		},
	})
	report := board.Report(t.Context())
	require.Equal(t, health.Ill, report.State)
	require.Equal(t, health.Ill, report.Parts[0].State)
	require.Equal(t, health.OK, report.Parts[1].State)
	require.ErrorIs(t, report.Err(), context.DeadlineExceeded)
}

func TestPartsAreSeenAsTheyAre(t *testing.T) {
	seen := map[string]bool{}
	board := health.New(health.Options{
		Patience: time.Minute, Now: time.Now, Seen: func(part string, ok bool) { seen[part] = ok },
		Checks: []health.Check{{Name: "a", Look: finds(health.OK)}, {Name: "b", Look: finds(health.Degraded)}},
	})
	board.Report(t.Context())
	require.Equal(t, map[string]bool{"a": true, "b": false}, seen)
}

func TestWhatHardlyChangesIsLookedAtRarelyWhileItIsWell(t *testing.T) {
	now, looks, state := time.Unix(1000, 0), 0, health.OK
	look := health.Rarely(time.Minute, func() time.Time { return now }, func(context.Context) health.Finding {
		looks++
		return health.Finding{State: state}
	})
	for range 10 {
		require.Equal(t, health.OK, look(t.Context()).State)
		now = now.Add(time.Second)
	}
	require.Equal(t, 1, looks)
	now, state = now.Add(time.Minute), health.Degraded
	for range 3 {
		require.Equal(t, health.Degraded, look(t.Context()).State)
	}
	require.Equal(t, 4, looks, "what is ill is looked at each time, so that its recovery shows at once")
	state = health.OK
	require.Equal(t, health.OK, look(t.Context()).State)
}

func TestAPartSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	require.Equal(t, "caiu: ligue", health.Part{Problem: "caiu", Remedy: "ligue"}.Says())
	require.Equal(t, "caiu", health.Part{Problem: "caiu"}.Says())
}
