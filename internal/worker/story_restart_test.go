package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/provider"
)

// restarts is a model whose answers begin the wait anew.
const restarts = `{"name":"Um","channelId":"c","startTime":null,"onReply":"restart","messages":[
	{"id":"m1","text":"um","offset":60},{"id":"m2","text":"dois","offset":60}]}`

func TestAReplyRestartsTheWaitOfWhatWaitsForItsSlot(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(restarts))
		due := w.pending()[0].DueAt
		w.at(due)
		w.pacer.notBefore = due.Add(10 * time.Minute)
		w.work(who.ContactID)
		w.pass(time.Minute)
		w.customer(ana, "só um minuto")
		require.WithinDuration(t, w.now().Add(time.Hour), w.pending()[0].DueAt, 0)
		w.at(due.Add(10 * time.Minute))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent, "it goes only when the new wait is over")
	})
}

// An answer that comes while the send is under way changes nothing if it goes out; if the provider refuses it for now, it must
// not go after the answer as if there had been none.
func TestAReplyDuringASendThatComesBackRestartsTheWait(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(restarts))
		w.at(w.pending()[0].DueAt)
		w.provider.answer(tooFast())
		w.provider.during = func(provider.Outgoing) { w.customer(ana, "só um minuto") } // read by another worker, at once
		w.work(who.ContactID)
		w.provider.during = nil
		answered := w.now()
		w.pass(time.Minute)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1, "only the refused one")
		require.WithinDuration(t, answered.Add(time.Hour), w.pending()[0].DueAt, 2*time.Second)
		w.at(w.pending()[0].DueAt)
		w.work(who.ContactID)
		require.Equal(t, []string{"um", "um"}, w.sentTexts())
	})
}
