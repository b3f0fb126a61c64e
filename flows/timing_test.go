package flows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/calendar"
)

func TestLateIsNotTheSameAsDue(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00").enrol().at("2025-07-10 11:10").ring()
	require.Len(t, s.turn.Actions, 1, "an hour late is still in time")

	s = newScene(t, model, "2025-07-10 09:00").enrol().at("2025-07-10 11:11").ring()
	require.Empty(t, s.turn.Actions)
	require.Equal(t, "2025-07-11 10:10", s.due(), "the first message goes to its next clock time")
	require.Equal(t, "lateness", s.turn.FollowUps[0].Log[0].Check)
	require.EqualValues(t, 2, s.run.Open.Revision)

	days := with(model, `"offsetMinutes": 10`, `"offsetMinutes": 7200`)
	s = newScene(t, days, "2025-07-10 09:00").enrol()
	require.Equal(t, "2025-07-15 10:00", s.due())
	s.at("2025-07-15 15:00").ring()
	require.Equal(t, "2025-07-16 10:00", s.due(), "the next 10:00, not five more days")

	s = newScene(t, model, "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring().accepted()
	s.at("2025-07-11 02:00").ring()
	require.Equal(t, "2025-07-11 08:00", s.due(), "the others go to the next daytime")
	s.at("2025-07-11 12:00").ring()
	require.Equal(t, []string{"dois"}, s.texts(), "which may be now")
}

func TestSendingHoursMoveToTheNextOpening(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00")
	s.world.Hours = &calendar.Hours{Weekdays: []string{"mon", "tue"}, From: "09:00", To: "18:00"}
	require.Equal(t, "2025-07-14 09:00", s.enrol().due(), "10 July 2025 is a Thursday")

	s = newScene(t, model, "2025-07-10 09:00").enrol()
	s.world.Hours = &calendar.Hours{From: "11:00", To: "18:00"}
	s.at("2025-07-10 10:10").ring()
	require.Equal(t, "2025-07-10 11:00", s.due())
	require.Equal(t, "hours", s.turn.FollowUps[0].Log[0].Check)
	s.at("2025-07-10 11:00").ring()
	require.Len(t, s.turn.Actions, 1)
}
