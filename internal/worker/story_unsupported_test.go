package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
)

// unsupported lets a person write what WhatsApp passes on without its content, such as a poll.
func (w *world) unsupported(phone string) {
	w.arrive(phone, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Unsupported}}})
}

func TestWhatComesWithoutItsContentIsAnAnswerAndOpensNoWindow(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.templates("MARKETING")
		w.unsupported(ana)
		who := w.enrol(ana, w.model(shortly))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		free, templates := w.given()
		require.Equal(t, []int{0, 1}, []int{free, templates}, "nothing free goes where the window may be closed")
	})
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(`{"name":"R","channelId":"c","onReply":"stop","messages":[{"text":"a","offset":70}]}`))
		w.unsupported(ana)
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent, "it is an answer")
		require.Equal(t, flows.Responded, w.history()[0].State)
	})
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(shortly))
		w.unsupported(ana)
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		free, templates := w.given()
		require.Equal(t, []int{1, 0}, []int{free, templates}, "a window that is open stays so")
	})
}
