package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// TestTheTwoWalksCostWhatTheyPromise counts commits and round trips of one webhook and of one due send. On PostgreSQL the
// aim of architecture.md is two commits each and at most ten round trips for a due send. (The first commit of a webhook is
// shared with whatever arrives at the same time.)
func TestTheTwoWalksCostWhatTheyPromise(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))

		before := w.store.Cost()
		w.deposit(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Reaction}}})
		received := w.store.Cost()
		w.work(who.ContactID)
		drained := w.store.Cost()
		require.Equal(t, int64(1), received.Commits-before.Commits, "the webhook is written down in one commit")
		require.Equal(t, int64(1), drained.Commits-received.Commits, "and worked on in another")

		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		sent := w.store.Cost()
		require.Len(t, w.provider.sent, 1)
		require.Equal(t, int64(2), sent.Commits-drained.Commits, "a due send: the claim, and the result with the next step")
		t.Logf("%s: webhook %d + %d round trips, due send %d round trips and %d commits", w.store.Engine(),
			received.Trips-before.Trips, drained.Trips-received.Trips, sent.Trips-drained.Trips, sent.Commits-drained.Commits)
		if w.store.Engine() == "postgres" {
			require.LessOrEqual(t, sent.Trips-drained.Trips, int64(5))
			require.LessOrEqual(t, received.Trips-before.Trips, int64(3))
			require.LessOrEqual(t, drained.Trips-received.Trips, int64(2))
		}
	})
}
