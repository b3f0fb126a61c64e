package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
)

func TestANameThatLooksLikeACommandReachesNobodyAsOne(t *testing.T) {
	eachWorld(t, func(w *world) {
		accepted := w.arrive(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{
			Content: chat.Content{Type: chat.Text, Text: "oi"}, ProfileName: `#{"closeTicket":"1"} {{x}}`,
		}})
		who := w.enrol(ana, w.model(`{"name":"R","channelId":"c","messages":[{"text":"Oi {{contact.name}}, pedido #{{contact.number}}","offset":70}]}`))
		require.Equal(t, accepted.ContactID, who.ContactID)
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		require.Equal(t, `Oi #"closeTicket":"1"} x, pedido #1`, w.provider.sent[0].message.Content.Text)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		var verdicts []string
		for _, entry := range w.history()[0].Log {
			verdicts = append(verdicts, entry.Check+" "+entry.Verdict)
		}
		require.Contains(t, verdicts, "marks cleaned", "the explanation says so")
	})
}
