package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/provider"
	"retoma/internal/worker"
)

const ana = "+5511999990001"

// twoMessages is the example of followup-models.md: at 10:00 plus ten minutes, then an hour after the real send time.
const twoMessages = `{"name":"Orçamento","channelId":"c","startTime":"10:00","onReply":"stop","messages":[
	{"id":"m1","text":"Oi {{ contact.first_name | default: \"cliente\" }}, viu a proposta?","offset":10},
	{"id":"m2","text":"Posso ajudar?","offset":60}]}`

func TestAModelIsSentAtItsTimesAndCountsFromTheRealSendTime(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "quero um orçamento")
		who := w.enrol(ana, w.model(twoMessages))
		require.Len(t, w.pending(), 1)
		require.Equal(t, local(10, 10, 10), w.pending()[0].DueAt)
		require.Equal(t, 1, w.pending()[0].Attempt)

		w.at(local(10, 10, 10).Add(-time.Millisecond))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent, "never early")

		w.at(local(10, 10, 12)) // the workers were busy: two minutes late
		w.work(who.ContactID)
		require.Equal(t, []string{"Oi Ana, viu a proposta?"}, w.provider.texts())
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Equal(t, local(10, 10, 12), w.history()[0].SentAt)
		require.Equal(t, local(10, 11, 12), w.pending()[0].DueAt, "from the real send time")

		w.at(local(10, 11, 12))
		w.work(who.ContactID)
		require.Equal(t, []string{"Oi Ana, viu a proposta?", "Posso ajudar?"}, w.provider.texts())
		require.Empty(t, w.pending())
	})
}

func TestAReplyStopsWhatIsPending(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 9))
		w.customer(ana, "já comprei")
		w.at(local(10, 12, 0))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		row := w.history()[0]
		require.Equal(t, flows.Responded, row.State)
		require.Equal(t, "Cliente respondeu antes", row.CancelReason)
		require.Equal(t, local(10, 10, 9), row.CancelledAt)
	})
}

func TestAReplyThatIsWrittenDownAlwaysWinsAgainstItsAlarm(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.deposit(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "não, obrigada"}}})
		w.work(who.ContactID) // the alarm and the reply at the same moment
		require.Empty(t, w.provider.sent)
		require.Equal(t, flows.Responded, w.history()[0].State)
	})
}

func TestAReplyDuringTheSendLeavesItSentAndPlansNothingMore(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.provider.during = func(provider.Outgoing) {
			w.deposit(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "opa"}}})
		}
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Empty(t, w.pending())
		require.Less(t, w.message(w.history()[0].MessageID).ClaimNumber, mailbox(w, who.ContactID), "the reply's number is above the claim's")
	})
}

func TestAReplyAfterTheSendIsCreditedOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		w.at(local(10, 10, 30))
		w.customer(ana, "quero sim")
		w.at(local(10, 10, 40))
		w.customer(ana, "ainda aí?")
		row := w.followUps(chat.FollowUpFilter{State: "SENT"})[0]
		require.Equal(t, local(10, 10, 30), row.RespondedAt)
		counts, err := w.store.FlowCounts(context.Background(), w.tenant.ID, flows.ModelDocument)
		require.NoError(t, err)
		require.Equal(t, int64(1), counts[0].Sent)
		require.Equal(t, int64(1), counts[0].Responded)
		require.Equal(t, int64(1), counts[0].Cancelled, "the second message was still pending")
	})
}

func TestZeroRemovesAndAnotherModelReplaces(t *testing.T) {
	eachWorld(t, func(w *world) {
		first, second := w.model(twoMessages), w.model(twoMessages)
		w.customer(ana, "oi")
		w.enrol(ana, first)
		w.enrol(ana, first)
		require.Len(t, w.pending(), 1, "the same model again changes nothing")
		w.enrol(ana, second)
		require.Len(t, w.pending(), 1)
		require.Equal(t, second.ID, w.pending()[0].FlowID)
		require.Equal(t, []string{worker.ReasonReplaced}, w.cancelReasons())
		w.enrol(ana, flows.Document{})
		require.Empty(t, w.pending())
		require.ElementsMatch(t, []string{worker.ReasonReplaced, worker.ReasonRemoved}, w.cancelReasons())
	})
}

func TestAFollowUpAfterTheWindowUsesItsTemplateOrFails(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		require.NoError(t, w.store.SaveTemplates(ctx, w.tenant.ID, w.channel.ID, []chat.Template{
			{Name: "retomada", Language: "pt_BR", Category: "MARKETING", Status: "APPROVED", BodyText: "Oi {{1}}, vamos retomar?"},
		}))
		body := `{"name":"M","channelId":"c","startTime":null,"messages":[{"id":"m1","text":"sem template","offset":2880},
			{"id":"m2","text":"livre","offset":60,"template":{"name":"retomada","variables":["{{ contact.first_name }}"]}}]}`
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(body))
		w.pass(48 * time.Hour)
		w.work(who.ContactID)
		require.Equal(t, "outside_window", w.history()[0].ErrorCode)
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		content := w.provider.sent[0].message.Content
		require.Equal(t, chat.TemplateUse, content.Type)
		require.Equal(t, "Oi Ana, vamos retomar?", content.Text)
		require.Equal(t, []chat.Parameter{{Text: "Ana"}}, content.Template.Body)
	})
}

func TestWhatComesFarTooLateIsNotFiredAtNight(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(11, 2, 0)) // the machine was off until two in the morning
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Equal(t, local(11, 10, 10), w.pending()[0].DueAt, "a model's first message moves to its next clock time")
	})
}

func TestADeactivatedModelEndsItsRuns(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		model := w.model(twoMessages)
		w.customer(ana, "oi")
		who := w.enrol(ana, model)
		_, err := w.store.ChangeDocument(ctx, w.tenant.ID, model.ID, func(d *flows.Document) error { d.Active = false; return nil })
		require.NoError(t, err)
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Equal(t, "Modelo desativado", w.history()[0].CancelReason)
	})
}

func TestANewTextReachesWhoIsAlreadyEnrolledAndADeletedStepIsSkipped(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		model := w.model(twoMessages)
		w.customer(ana, "oi")
		who := w.enrol(ana, model)
		_, err := w.store.ChangeDocument(ctx, w.tenant.ID, model.ID, func(d *flows.Document) error {
			d.Body = []byte(`{"name":"Orçamento","channelId":"c","startTime":"10:00","messages":[{"id":"m2","text":"Texto novo","offset":60}]}`)
			d.Removed = []string{"m1"}
			return nil
		})
		require.NoError(t, err)
		refs, err := w.store.Overdue(ctx, w.now(), 10)
		require.NoError(t, err)
		require.Len(t, refs, 1, "who stood at the deleted step is looked at")
		w.work(who.ContactID)
		require.Len(t, w.pending(), 1)
		require.Equal(t, "m2", w.pending()[0].NodeID)
		w.at(w.pending()[0].DueAt)
		w.work(who.ContactID)
		require.Equal(t, []string{"Texto novo"}, w.provider.texts())
	})
}

func mailbox(w *world, contactID string) int64 {
	w.t.Helper()
	received, _, _, err := w.store.Mailbox(context.Background(), refOf(w, contactID))
	require.NoError(w.t, err)
	return received
}

func TestAMessageFromBeforeTheEnrolmentIsNoAnswerToIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		w.enrol(ana, w.model(twoMessages))
		late := chat.Event{Name: chat.MessageReceived, At: w.now().Add(-time.Hour), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi"}}}
		w.arriveAt(ana, late)
		require.Len(t, w.pending(), 1, "its webhook came late; the customer could not know of the follow-up")
		w.customer(ana, "já comprei")
		require.Empty(t, w.pending())
	})
}
