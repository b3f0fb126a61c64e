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
	"retoma/internal/provider"
	"retoma/internal/worker"
)

// says lets a provider's message with all of a person's keys come in, without work on it.
func (w *world) says(text string, phone string, more ...chat.Key) desk.Accepted {
	w.t.Helper()
	arrival := desk.Arrival{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, Evidence: true, Provider: "fake", Business: w.channel.Portfolio(), Keys: more, Phone: phone,
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

// enrolled puts a contact that is known into a model.
func (w *world) enrolled(who desk.Accepted, document flows.Document) {
	w.t.Helper()
	_, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, ContactID: who.ContactID,
		Event: chat.Event{Name: chat.Enrol, At: w.now(), Enrol: &chat.Enrolment{FlowID: document.ID, Group: "model", Source: "api"}},
	}}})
	require.NoError(w.t, err)
	w.work(who.ContactID)
}

// inAnHour is a model whose one message is due an hour after the enrolment.
func inAnHour(text, onReply string) string {
	return fmt.Sprintf(`{"name":"Retomada","channelId":"c","onReply":%q,"messages":[{"id":"m1","text":%q,"offset":60}]}`, onReply, text)
}

// twoOfThem are one person whom nobody knows to be one: by phone, and by id.
func (w *world) twoOfThem() (phone, id desk.Accepted) {
	phone, id = w.says("oi", ana), w.says("oi", "", bsuid("BR.1"))
	w.work(phone.ContactID)
	w.work(id.ContactID)
	return phone, id
}

// Follow-ups of both are due; the person writes, and the message names both. Whoever is worked on first, nothing is sent.
func TestAReplyThatNamesTwoContactsStopsTheFollowUpsOfBoth(t *testing.T) {
	for _, first := range []string{"phone", "id"} {
		t.Run(first, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				document := w.model(inAnHour("Ainda quer?", "stop"))
				phone, id := w.twoOfThem()
				w.enrolled(phone, document)
				w.enrolled(id, document)
				w.pass(2 * time.Hour)
				reply := w.says("já comprei", ana, bsuid("BR.1"))
				order := []string{phone.ContactID, id.ContactID}
				if first == "id" {
					order = []string{id.ContactID, phone.ContactID}
				}
				for _, contactID := range order {
					w.work(contactID)
				}
				require.Equal(t, phone.ContactID, reply.ContactID)
				require.Empty(t, w.provider.texts(), "nothing goes out behind the answer")
				require.Empty(t, w.pending())
				require.ElementsMatch(t, []string{worker.ReasonMerged, "Cliente respondeu antes"}, w.cancelReasons())
				for _, row := range w.history() {
					require.Equal(t, phone.ContactID, row.ContactID)
				}
			})
		})
	}
}

// The person answers under the name that nobody connects with the follow-up. Later something names both: the answer counts.
// What was said under that name before the enrolment, be it a moment before, answers nothing.
func TestAnAnswerUnderAnotherNameIsHeardOnceBothAreKnownToBeOne(t *testing.T) {
	for name, after := range map[string]bool{"after the enrolment": true, "a moment before it": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				document := w.model(inAnHour("Ainda quer?", "stop"))
				phone, id := w.twoOfThem()
				w.pass(time.Minute)
				answers := func() {
					w.says("não quero mais", "", bsuid("BR.1"))
					w.work(id.ContactID)
				}
				if after {
					w.enrolled(phone, document)
					w.pass(10 * time.Minute)
					answers()
				} else {
					answers()
					w.pass(500 * time.Millisecond)
					w.enrolled(phone, document)
				}
				w.pass(10 * time.Minute)
				_, err := w.store.Merge(context.Background(), desk.Merge{TenantID: w.tenant.ID, StaysID: phone.ContactID, GoesID: id.ContactID, By: "api"})
				require.NoError(t, err)
				w.pass(2 * time.Hour)
				w.work(phone.ContactID)
				if after {
					require.Empty(t, w.provider.texts())
					require.Equal(t, []string{"Cliente respondeu antes"}, w.cancelReasons())
					return
				}
				require.Equal(t, []string{"Ainda quer?"}, w.provider.texts())
			})
		})
	}
}

func TestOfTwoModelsTheNewerEnrolmentStays(t *testing.T) {
	eachWorld(t, func(w *world) {
		phone, id := w.twoOfThem()
		w.enrolled(id, w.model(inAnHour("A mais antiga", "continue")))
		w.pass(time.Minute)
		w.enrolled(phone, w.model(inAnHour("A mais nova", "continue")))
		w.says("oi de novo", ana, bsuid("BR.1"))
		w.work(id.ContactID)
		require.Len(t, w.pending(), 1)
		require.Equal(t, []string{worker.ReasonMerged}, w.cancelReasons())
		require.Equal(t, flows.FollowUpCancelled, w.history()[0].State)
		require.Contains(t, checks(w.history()[0].Log), "merge", "the log of what moved says so")
		w.pass(2 * time.Hour)
		w.work(phone.ContactID)
		require.Equal(t, []string{"A mais nova"}, w.provider.texts())
	})
}

func checks(log []chat.LogEntry) []string {
	var names []string
	for _, entry := range log {
		names = append(names, entry.Check)
	}
	return names
}

// The message that names both comes while a follow-up of the one that goes is with the provider: it counts as sent, once.
func TestASendUnderWayIsNotedOnWhoIsLeft(t *testing.T) {
	eachWorld(t, func(w *world) {
		phone, id := w.twoOfThem()
		w.enrolled(id, w.model(inAnHour("Ainda quer?", "stop")))
		w.pass(time.Hour)
		w.provider.during = func(provider.Outgoing) {
			w.provider.during = nil
			w.says("sou eu", ana, bsuid("BR.1"))
			w.work(phone.ContactID) // another worker merges before the answer comes
		}
		w.work(id.ContactID)
		require.Equal(t, []string{"Ainda quer?"}, w.provider.texts())
		require.Len(t, w.history(), 1)
		row := w.history()[0]
		require.Equal(t, flows.FollowUpSent, row.State)
		require.Equal(t, phone.ContactID, row.ContactID)
		w.pass(time.Hour)
		w.work(phone.ContactID)
		require.Len(t, w.provider.texts(), 1)
	})
}

func TestARefusalOfEitherHoldsForBoth(t *testing.T) {
	eachWorld(t, func(w *world) {
		phone, id := w.twoOfThem()
		w.enrolled(phone, w.model(inAnHour("Ainda quer?", "continue")))
		w.says("SAIR", "", bsuid("BR.1"))
		w.work(id.ContactID)
		said := len(w.provider.texts()) // the confirmation
		w.says("oi", ana, bsuid("BR.1"))
		w.work(phone.ContactID)
		require.Empty(t, w.pending())
		require.Equal(t, []string{worker.ReasonOptedOut}, w.cancelReasons())
		w.pass(2 * time.Hour)
		w.work(phone.ContactID)
		require.Len(t, w.provider.texts(), said)
	})
}

func TestSomebodyWithoutAPhoneIsFollowedUpByID(t *testing.T) {
	eachWorld(t, func(w *world) {
		who := w.says("oi", "", bsuid("BR.1"))
		w.work(who.ContactID)
		w.enrolled(who, w.model(inAnHour("Ainda quer?", "stop")))
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		sent := w.provider.sent[0].message
		require.Empty(t, sent.To)
		require.Equal(t, []chat.Key{bsuid("BR.1")}, sent.Keys)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
	})
}

// A stranger writes from a number that somebody had: what is planned for that somebody does not go to the stranger.
func TestAFollowUpDoesNotGoToWhoHasTheNumberNow(t *testing.T) {
	eachWorld(t, func(w *world) {
		who := w.says("oi", ana, bsuid("BR.1"))
		w.work(who.ContactID)
		w.enrolled(who, w.model(inAnHour("Ainda quer?", "stop")))
		w.pass(time.Hour)
		stranger := w.says("quem é?", ana, bsuid("BR.2"))
		require.NotEqual(t, who.ContactID, stranger.ContactID)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		require.Empty(t, w.provider.sent[0].message.To)
		require.Equal(t, []chat.Key{bsuid("BR.1")}, w.provider.sent[0].message.Keys)
		lost, err := w.store.Contact(context.Background(), w.tenant.ID, chat.Ref{ID: who.ContactID})
		require.NoError(t, err)
		require.Empty(t, lost.Phone)
	})
}

func TestAChangeOfNumberIsWhereTheNextFollowUpGoes(t *testing.T) {
	eachWorld(t, func(w *world) {
		who := w.says("oi", ana, bsuid("BR.1"))
		w.work(who.ContactID)
		w.enrolled(who, w.model(inAnHour("Ainda quer?", "continue")))
		_, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
			TenantID: w.tenant.ID, ChannelID: w.channel.ID, Evidence: true, Provider: "fake", Business: w.channel.Portfolio(), Phone: ana,
			Keys: []chat.Key{chat.PhoneKey(ana), {Kind: chat.KeyRoute, Value: ana[1:]}}, BecamePhone: "+5521988880002",
			Became: []chat.Key{chat.PhoneKey("+5521988880002"), {Kind: chat.KeyRoute, Value: "5521988880002"}, bsuid("BR.9")},
			Event: chat.Event{Name: chat.MessageReceived, At: w.now(), ExternalID: "changed",
				Message: &chat.InboundMessage{Content: chat.Content{Type: chat.System, Text: "mudou de número"}}},
		}}})
		require.NoError(t, err)
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Equal(t, "5521988880002", w.provider.sent[0].message.To)
		moved, err := w.store.Contact(context.Background(), w.tenant.ID, chat.Ref{ID: who.ContactID})
		require.NoError(t, err)
		require.Equal(t, "+5521988880002", moved.Phone)
	})
}

func TestAMissingPhoneInATextIsAnErrorThatNamesIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		who := w.says("oi", "", bsuid("BR.1"))
		w.work(who.ContactID)
		w.enrolled(who, w.model(inAnHour("Seu número é {{ contact.phone | phone }}?", "stop")))
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		row := w.history()[0]
		require.Equal(t, flows.FollowUpFailed, row.State)
		require.Equal(t, "template_params", row.ErrorCode)
		require.Contains(t, fmt.Sprint(row.Log), "contact.phone")
	})
}
