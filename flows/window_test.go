package flows_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
)

// kept is a flow whose one follow-up is due some minutes after its start, kept in the window.
func kept(minutes string) string {
	return `{"name":"a","nodes":[{"id":"t","type":"trigger","with":{"event":"enrol"},"next":"f"},
		{"id":"f","type":"followup","with":{"offsetMinutes":` + minutes + `,"text":"oi","keepInWindow":true}}]}`
}

// The customer wrote at 09:00 on 10 July; the window closes on the 11th at 09:00.
// Started a few minutes before the window closes, what is kept goes while it can.
func TestWhatIsKeptInTheWindowAtTheLastMoment(t *testing.T) {
	for start, due := range map[string]string{
		"2025-07-11 08:50": "2025-07-11 08:55", "2025-07-11 08:56": "2025-07-11 08:58", "2025-07-11 08:59": "2025-07-11 09:29",
	} {
		s := newScene(t, kept("30"), start)
		s.world.HasWindow = true
		s.world.Conversation.CustomerAt = local(t, "2025-07-10 09:00")
		s.enrol()
		require.Equal(t, due, s.due(), start)
		require.NotEmpty(t, s.turn.FollowUps[0].Log[0].Values["window"], "the log says so, or why not")
	}
}

func TestADueTimeJustAfterTheWindowIsMovedInsideIt(t *testing.T) {
	cases := map[string]struct {
		minutes         string
		hours           *calendar.Hours
		due             string
		noWindow, never bool
	}{
		"well inside: as it is":                        {minutes: "1380", due: "2025-07-11 08:30"},
		"in the margin that the window is judged with": {minutes: "1410", due: "2025-07-11 08:55"},
		"half an hour after it":                        {minutes: "1440", due: "2025-07-11 08:55"},
		"two hours after it":                           {minutes: "1530", due: "2025-07-11 08:55"},
		"more than two hours after it":                 {minutes: "1531", due: "2025-07-11 11:01"},
		"the sending hours end before the window":      {minutes: "1440", due: "2025-07-10 20:00", hours: &calendar.Hours{From: "09:40", To: "20:01"}},
		"the sending hours leave no room":              {minutes: "1440", due: "2025-07-11 09:30", hours: &calendar.Hours{From: "09:00", To: "09:29"}, never: true},
		"a channel without a window":                   {minutes: "1440", due: "2025-07-11 09:30", noWindow: true},
	}
	for name, truth := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, kept(truth.minutes), "2025-07-10 09:30")
			s.world.HasWindow, s.world.Hours = !truth.noWindow, truth.hours
			s.world.Conversation.CustomerAt = local(t, "2025-07-10 09:00")
			s.enrol()
			if truth.never {
				require.Equal(t, "2025-07-12 09:00", s.due(), "the hours decide where nothing can be kept")
				return
			}
			require.Equal(t, truth.due, s.due())
		})
	}
}

// TestWhatIsKeptInTheWindowIsInsideIt draws worlds: whatever was moved is open, not past and before the window's end.
func TestWhatIsKeptInTheWindowIsInsideIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(0, 3000).Draw(t, "minutes")
		now := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
		world := drawWorld(t)
		world.HasWindow = true
		world.Contact.Tags = nil
		world.Conversation = chat.Conversation{CustomerAt: now.Add(-time.Duration(rapid.IntRange(0, 1440).Draw(t, "ago")) * time.Minute)}
		turn, err := flows.Begin(compile(t, kept(strconv.Itoa(minutes))), flows.Run{ID: "run-1"}, flows.Input{Kind: flows.Start}, world, now)
		if err != nil || turn.Run.Open == nil {
			t.Fatalf("no follow-up: %v", err)
		}
		due, closes := turn.Run.Open.DueAt, world.Conversation.WindowClosesAt()
		moved := due.Before(now.Add(time.Duration(minutes) * time.Minute))
		if !moved {
			return
		}
		if due.Before(now) || !due.Before(closes.Add(-chat.WindowMargin)) {
			t.Fatalf("moved to %s, now is %s and the window closes at %s", due, now, closes)
		}
		if open, found := world.Hours.NextOpening(due, world.Zone); found && open.After(due) {
			t.Fatalf("moved to %s, when the sending hours are closed", due)
		}
	})
}
