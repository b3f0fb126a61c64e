package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// rule publishes a rule and gives its document.
func (w *world) rule(body string) flows.Document { return w.publish(flows.RuleDocument, body) }

// noResponse is the example of followups-api.md with other words.
const noResponse = `{"name":"Reengajamento","triggerType":"NO_RESPONSE","triggerValue":24,"triggerUnit":"hours",
	"message":"Ainda posso ajudar?","maxAttempts":2,"template":{"name":"retomada"}}`

// ours lets a message go out through us by any way, and gives its id.
func (w *world) ours(phone string, origin chat.Origin, text string) string {
	w.t.Helper()
	who := w.depositPerson(phone)
	id := chat.NewID()
	require.NoError(w.t, w.store.Enqueue(context.Background(), desk.Item{
		ID: id, OrderingKey: id, Action: flows.SendMessage, State: desk.ItemPending, DueAt: w.now(), Message: chat.Message{
			ID: id, TenantID: w.tenant.ID, ContactID: who.ContactID, ConversationID: who.ConversationID, ChannelID: w.channel.ID,
			Direction: chat.Outbound, Origin: origin, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: text}, CreatedAt: w.now(),
		},
	}, w.now().Add(time.Hour)))
	w.work(who.ContactID)
	return id
}

// depositPerson makes or finds somebody without anything happening.
func (w *world) depositPerson(phone string) desk.Accepted {
	w.t.Helper()
	written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone, OnlyPerson: true,
	}}})
	require.NoError(w.t, err)
	return written.Accepted[0]
}

// happened lets something happen to a contact that is no message.
func (w *world) happened(phone string, name chat.EventName, data map[string]any, change func(*chat.Contact)) desk.Accepted {
	w.t.Helper()
	who := w.depositPerson(phone)
	if change != nil {
		_, err := w.store.ChangeContact(context.Background(), w.tenant.ID, who.ContactID, func(c *chat.Contact) error {
			change(c)
			return nil
		})
		require.NoError(w.t, err)
	}
	written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: w.tenant.ID, ContactID: who.ContactID, Event: chat.Event{Name: name, At: w.now(), Data: data},
	}}})
	require.NoError(w.t, err)
	w.work(who.ContactID)
	return written.Accepted[0]
}

func TestOurMessageStartsTheClockAndEachFurtherOneMovesTheSameRow(t *testing.T) {
	ways := map[string]func(w *world){
		"api":       func(w *world) { w.ours(ana, chat.FromAPI, "segue a proposta") },
		"agent":     func(w *world) { w.ours(ana, chat.FromPerson, "segue a proposta") },
		"flow":      func(w *world) { w.ours(ana, chat.FromFlow, "segue a proposta") },
		"own phone": func(w *world) { w.agent(ana, "segue a proposta") },
	}
	for name, speak := range ways {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.rule(noResponse)
				w.customer(ana, "oi")
				require.Empty(t, w.pending(), "nobody on our side has spoken")
				w.pass(time.Minute)
				speak(w)
				first := w.pending()
				require.Len(t, first, 1)
				require.Equal(t, w.now().Add(24*time.Hour), first[0].DueAt)
				w.pass(time.Hour)
				speak(w)
				moved := w.pending()
				require.Len(t, moved, 1)
				require.Equal(t, first[0].ID, moved[0].ID)
				require.Equal(t, w.now().Add(24*time.Hour), moved[0].DueAt)
				require.Greater(t, moved[0].Revision, first[0].Revision)
			})
		})
	}
}

func TestAReplyAnswersTheRowAndOurNextMessageArmsItAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.pass(time.Minute)
		w.ours(ana, chat.FromPerson, "segue a proposta")
		row := w.pending()[0]
		w.pass(time.Hour)
		w.customer(ana, "vou ver")
		require.Empty(t, w.pending())
		require.Equal(t, flows.Responded, w.history()[0].State)
		require.Equal(t, "Cliente respondeu antes", w.history()[0].CancelReason)

		w.pass(time.Hour)
		w.ours(ana, chat.FromPerson, "alguma dúvida?")
		again := w.pending()
		require.Len(t, again, 1)
		require.Equal(t, row.ID, again[0].ID, "the same row")
		require.Equal(t, 1, again[0].Attempt)
		require.Equal(t, w.now().Add(24*time.Hour), again[0].DueAt)
		require.True(t, again[0].CancelledAt.IsZero())
		require.Empty(t, again[0].CancelReason)
		require.Empty(t, w.history())
	})
}

func TestAfterTheWaitTheNextMessageOfOursPlansARowOfItsOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.pass(time.Minute)
		w.ours(ana, chat.FromPerson, "segue a proposta")
		row := w.pending()[0]
		w.pass(time.Hour)
		who := w.customer(ana, "vou ver")
		w.at(row.DueAt)
		w.work(who.ContactID)
		require.Empty(t, w.pending())
		w.customer(ana, "voltei")
		w.ours(ana, chat.FromPerson, "que bom")
		require.Len(t, w.pending(), 1)
		require.NotEqual(t, row.ID, w.pending()[0].ID)
		require.Equal(t, flows.Responded, w.history()[0].State)
	})
}

func TestAttemptsCountFromRealSendTimesAndBeginAnewOnlyAfterTheCustomerWrote(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.pass(time.Minute)
		w.ours(ana, chat.FromPerson, "segue a proposta")
		w.pass(23 * time.Hour)
		who := w.customer(ana, "recebi")
		w.ours(ana, chat.FromPerson, "e então?")
		w.pass(24 * time.Hour)
		w.pass(3 * time.Second) // the worker was a little late
		w.provider.sent = nil
		w.window(who.ContactID)
		w.work(who.ContactID)
		require.Equal(t, []string{"Ainda posso ajudar?"}, w.provider.texts())
		second := w.pending()
		require.Len(t, second, 1)
		require.Equal(t, 2, second[0].Attempt)
		require.Equal(t, w.now().Add(24*time.Hour), second[0].DueAt, "from the real send time")

		w.at(second[0].DueAt)
		w.window(who.ContactID)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Empty(t, w.pending(), "no third attempt")
		w.ours(ana, chat.FromPerson, "estou à disposição")
		require.Empty(t, w.pending(), "the customer has not written since")
		w.customer(ana, "desculpe a demora")
		w.ours(ana, chat.FromPerson, "imagine")
		require.Len(t, w.pending(), 1)
		require.Equal(t, 1, w.pending()[0].Attempt)
	})
}

// window lets the customer have written just now, without anything else happening.
func (w *world) window(contactID string) {
	w.t.Helper()
	found, err := w.store.ConversationOn(context.Background(), w.tenant.ID, contactID, w.channel.ID)
	require.NoError(w.t, err)
	_, err = w.store.ChangeConversation(context.Background(), w.tenant.ID, found.ID, func(c *chat.Conversation) error {
		c.CustomerAt = w.now()
		return nil
	})
	require.NoError(w.t, err)
}

func TestASpentRuleKeepsNoMessageFromOtherFlows(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(`{"name":"a","triggerType":"NO_RESPONSE","triggerValue":1,"triggerUnit":"hours","message":"oi?"}`)
		w.flow(`{"name":"eco","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received","if":"trigger.text == 'preço'"},"next":"s"},
			{"id":"s","type":"send_message","with":{"text":"R$ 10"}}]}`)
		w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "olá")
		w.pass(time.Hour)
		w.work(w.depositPerson(ana).ContactID)
		require.Contains(t, w.provider.texts(), "oi?")
		w.customer(ana, "preço")
		require.Contains(t, w.provider.texts(), "R$ 10")
	})
}

func TestWhatTheProviderRefusesStartsNoClock(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.provider.answer(fault.New(fault.ProviderRejected, "recusada"))
		w.ours(ana, chat.FromAPI, "segue a proposta")
		require.Empty(t, w.pending())
		id := w.ours(ana, chat.FromAPI, "segue a proposta")
		require.Len(t, w.pending(), 1)
		first := w.pending()[0].DueAt
		w.pass(time.Hour)
		second := w.ours(ana, chat.FromAPI, "e mais isto")
		w.status(second, chat.Failed, "unreachable_number")
		require.Equal(t, first, w.pending()[0].DueAt, "the clock counts from the message before")
		w.status(id, chat.Failed, "media")
		require.Len(t, w.pending(), 1, "only the message that the clock counts from matters")
	})
}

func TestTheFirstMessageThatFailsLaterTakesItsClockBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		id := w.ours(ana, chat.FromAPI, "segue a proposta")
		w.status(id, chat.Failed, "media")
		require.Empty(t, w.pending())
		require.Equal(t, []string{flows.ReasonRefused}, w.cancelReasons())
	})
}

func TestAnEchoOlderThanTheCustomersLastMessageStartsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.pass(10 * time.Minute)
		w.customer(ana, "alguém aí?")
		w.arriveAt(ana, chat.Event{Name: chat.MessageEcho, At: w.now().Add(-5 * time.Minute),
			Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "já vejo"}}})
		require.Empty(t, w.pending())
	})
}

func TestAReplyThatOvertakesOurSendsResultHasTheLastWord(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.pass(time.Minute)
		w.provider.during = func(provider.Outgoing) {
			w.provider.during = nil
			w.pass(5 * time.Second)
			w.deposit(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "obrigada!"}}})
		}
		w.ours(ana, chat.FromPerson, "segue a proposta")
		require.Empty(t, w.pending())
	})
}

func TestAReplyOnAnotherChannelAnswersToo(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "segue a proposta")
		require.Len(t, w.pending(), 1)
		other := w.otherChannel()
		written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
			TenantID: w.tenant.ID, ChannelID: other.ID, Keys: []chat.Key{chat.PhoneKey(ana)}, Phone: ana,
			Event: chat.Event{Name: chat.MessageReceived, At: w.now(), ExternalID: "wamid.other", Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "por aqui"}}},
		}}})
		require.NoError(t, err)
		w.work(written.Accepted[0].ContactID)
		require.Empty(t, w.pending())
		require.Equal(t, flows.Responded, w.history()[0].State)
	})
}

func TestARuleThatIsTurnedOnSweepsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "segue a proposta")
		w.pass(48 * time.Hour)
		w.rule(noResponse)
		w.work(w.depositPerson(ana).ContactID)
		require.Empty(t, w.pending())
		require.Len(t, w.provider.sent, 1)
	})
}

func TestABusyChatLeavesASmallLog(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.rule(noResponse)
		for range 30 {
			w.customer(ana, "oi")
			w.pass(time.Second * 5)
			w.ours(ana, chat.FromPerson, "olá")
			w.pass(time.Minute)
		}
		require.Len(t, w.pending(), 1)
		row, err := w.store.FollowUp(context.Background(), w.tenant.ID, w.pending()[0].ID)
		require.NoError(t, err)
		require.Less(t, len(row.Log), 5)
		require.EqualValues(t, 29, row.Log[0].Values["restarts"])
		require.Empty(t, w.history())
	})
}
