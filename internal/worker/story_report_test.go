package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
)

// A report may overtake the answer to the send that it reports of. Both are then in one pass, and the answer, which knows the
// moment, is noted first.
func TestAReportThatOvertakesTheAnswerDoesNotReplaceIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.provider.during = func(m provider.Outgoing) {
			_, err := w.store.Receive(context.Background(), desk.Intake{Statuses: []desk.StatusArrival{{TenantID: w.tenant.ID, ChannelID: w.channel.ID,
				Status: chat.Status{Tracker: m.ID, MessageExternalID: "wamid.of." + m.ID, State: chat.Delivered, At: w.now()}}}})
			require.NoError(w.t, err)
		}
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		message := w.message(w.history()[0].MessageID)
		require.Equal(t, chat.Delivered, message.State)
		require.Contains(t, checksOf(message.Log), "provider")
		require.Len(t, w.pending(), 1, "the second is planned once")
	})
}

func checksOf(log []chat.LogEntry) []string {
	var checks []string
	for _, entry := range log {
		checks = append(checks, entry.Check)
	}
	return checks
}
