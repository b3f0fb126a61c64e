package chat_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

// outgoing are all states that a message to a customer can have.
func outgoing() []chat.MessageState {
	return []chat.MessageState{
		chat.Queued, chat.Parked, chat.Sending, chat.Unconfirmed, chat.Accepted, chat.HeldBack, chat.Sent, chat.Delivered, chat.Read, chat.Played,
		chat.Failed, chat.Cancelled,
	}
}

// told are the states that the provider tells, in the order in which they can follow one another.
func told() []chat.MessageState {
	return []chat.MessageState{chat.Accepted, chat.HeldBack, chat.Sent, chat.Delivered, chat.Read, chat.Played}
}

func TestEveryStateIsInTheTable(t *testing.T) {
	moves := chat.MessageMoves()
	require.Len(t, moves, len(outgoing()))
	for _, state := range outgoing() {
		require.Contains(t, moves, state)
		require.NotContains(t, moves[state], state, "staying is no move")
		for _, next := range moves[state] {
			require.Contains(t, outgoing(), next)
		}
	}
	require.NotContains(t, moves, chat.Received, "what came in goes nowhere")
}

func TestWhatTheProviderToldOnlyMovesForward(t *testing.T) {
	for at, state := range told() {
		for next, later := range told() {
			require.Equal(t, next > at, state.MayBecome(later), "%s to %s", state, later)
		}
		for _, before := range []chat.MessageState{chat.Queued, chat.Parked, chat.Sending, chat.Unconfirmed, chat.Cancelled} {
			require.False(t, state.MayBecome(before), "%s to %s", state, before)
		}
		require.Equal(t, at < slices.Index(told(), chat.Delivered), state.MayBecome(chat.Failed), "%s to failed: only from below delivered", state)
	}
}

func TestTheEndIsTheEnd(t *testing.T) {
	for _, state := range []chat.MessageState{chat.Played, chat.Failed, chat.Cancelled, chat.Received} {
		for _, next := range outgoing() {
			require.False(t, state.MayBecome(next), "%s to %s", state, next)
		}
	}
}

func TestNothingIsCancelledWhileItMayBeOnItsWay(t *testing.T) {
	require.Equal(t, []chat.MessageState{chat.Queued, chat.Parked, chat.Unconfirmed}, chat.StatesBefore(chat.Cancelled))
	require.Equal(t, []chat.MessageState{chat.Queued}, chat.StatesBefore(chat.Sending), "every send was queued just before")
	require.Equal(t, []chat.MessageState{chat.Sending}, chat.StatesBefore(chat.Unconfirmed))
}

func TestStatesBeforeIsTheTableReadBackwards(t *testing.T) {
	for _, next := range outgoing() {
		before := chat.StatesBefore(next)
		for _, state := range outgoing() {
			require.Equal(t, slices.Contains(chat.MessageMoves()[state], next), slices.Contains(before, state), "%s to %s", state, next)
		}
		require.Equal(t, before, chat.StatesBefore(next), "in a fixed order")
	}
	require.Empty(t, chat.StatesBefore(chat.Received))
}

// Statuses arrive late, twice and out of order: whatever the order, the furthest of them stays.
func TestStatusesInAnyOrderEndAtTheFurthest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		statuses := rapid.SliceOfN(rapid.SampledFrom(told()), 1, 12).Draw(r, "statuses")
		state := chat.Sending
		furthest := 0
		for _, status := range statuses {
			if state.MayBecome(status) {
				state = status
			}
			furthest = max(furthest, slices.Index(told(), status))
			require.Equal(r, told()[furthest], state)
		}
	})
}

func TestADeliveredMessageNeverFails(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		state := chat.Queued
		delivered := false
		for _, wanted := range rapid.SliceOfN(rapid.SampledFrom(outgoing()), 1, 40).Draw(r, "wanted") {
			if state.MayBecome(wanted) {
				state = wanted
			}
			delivered = delivered || slices.Contains([]chat.MessageState{chat.Delivered, chat.Read, chat.Played}, state)
			require.False(r, delivered && state == chat.Failed)
		}
	})
}

func TestTheTableIsEachCallersOwn(t *testing.T) {
	chat.MessageMoves()[chat.Failed] = []chat.MessageState{chat.Sending}
	chat.MessageMoves()[chat.Sending][0] = chat.Played
	require.False(t, chat.Failed.MayBecome(chat.Sending))
	require.True(t, chat.Sending.MayBecome(chat.Queued))
}
