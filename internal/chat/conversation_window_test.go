package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

func TestTheWindowCountsFromTheLastMessageThatOpensIt(t *testing.T) {
	start := time.Date(2026, 7, 10, 9, 0, 0, 0, time.UTC)
	var poll chat.Conversation
	poll = poll.Heard(start, false)
	require.Equal(t, start, poll.CustomerAt)
	require.True(t, poll.WindowClosesAt().IsZero(), "nothing has opened it")
	poll = poll.Heard(start.Add(time.Hour), true)
	require.Equal(t, start.Add(25*time.Hour), poll.WindowClosesAt())
	poll = poll.Heard(start.Add(2*time.Hour), false)
	require.Equal(t, start.Add(25*time.Hour), poll.WindowClosesAt(), "as long as it was open")
	require.Equal(t, start.Add(2*time.Hour), poll.CustomerAt)
	poll.WindowClosedAt = start.Add(90 * time.Minute)
	require.True(t, poll.WindowClosesAt().IsZero(), "the provider closed it, and a poll does not open it")
	require.Equal(t, start.Add(27*time.Hour), poll.Heard(start.Add(3*time.Hour), true).WindowClosesAt())
}

// However messages come and conversations are joined, the window counts from the latest that opens it.
func TestTheWindowDoesNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var halves [2]chat.Conversation
		var last, opened time.Time
		for range rapid.IntRange(0, 8).Draw(t, "messages") {
			at := time.Unix(int64(rapid.IntRange(1000, 1010).Draw(t, "at")), 0).UTC()
			opens, half := rapid.Bool().Draw(t, "opens"), rapid.IntRange(0, 1).Draw(t, "half")
			halves[half] = halves[half].Heard(at, opens)
			if at.After(last) {
				last = at
			}
			if opens && at.After(opened) {
				opened = at
			}
		}
		whole := halves[0].Joined(halves[1])
		require.Equal(t, last, whole.CustomerAt)
		require.Equal(t, opened, whole.LastOpened())
	})
}
