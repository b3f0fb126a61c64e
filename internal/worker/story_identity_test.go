package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// says lets a provider's message with all of a person's keys come in, without work on it.
func (w *world) says(text string, phone string, more ...chat.Key) desk.Accepted {
	w.t.Helper()
	arrival := desk.Arrival{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, Evidence: true, Provider: "fake", Business: "loja", Keys: more, Phone: phone,
		Event: chat.Event{Name: chat.MessageReceived, At: w.now(), ExternalID: fmt.Sprintf("wamid.%d", w.sequence.Add(1)),
			Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}}},
	}
	if phone != "" {
		arrival.Keys = append([]chat.Key{chat.PhoneKey(phone), {Kind: chat.KeyRoute, Value: phone[1:]}}, more...)
	}
	written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{arrival}})
	require.NoError(w.t, err)
	return written.Accepted[0]
}

func bsuid(value string) chat.Key { return chat.Key{Kind: chat.KeyBSUID, Value: value} }

// A follow-up of somebody who is known by phone is due; the same person writes, known by id. Whoever works on either of the
// two first, nothing is sent.
func TestAReplyThatNamesTwoContactsStopsTheFollowUpsOfBoth(t *testing.T) {
	for _, workedFirst := range []string{"phone", "id"} {
		t.Run(workedFirst, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				id := w.model(object{"name": "Retomada", "onReply": "stop", "messages": []object{{"offset": 60, "text": "Ainda quer?"}}})
				phone, known := w.customer("+5511999990001", "oi"), w.says("oi", "", bsuid("BR.1"))
				w.work(known.ContactID)
				w.enrolContact(id, phone)
				w.enrolContact(id, known)
				w.pass(2 * time.Hour)
				both := w.says("já comprei", "+5511999990001", bsuid("BR.1"))
				require.Equal(t, phone.ContactID, both.ContactID)
				if workedFirst == "phone" {
					w.work(phone.ContactID)
				} else {
					w.work(known.ContactID)
				}
				w.work(known.ContactID)
				w.work(phone.ContactID)
				require.Empty(t, w.provider.texts(), "nothing is sent behind the answer")
				for _, followUp := range w.followUps(phone.ContactID) {
					require.NotEqual(t, flows.Pending, followUp.State)
				}
			})
		})
	}
}
