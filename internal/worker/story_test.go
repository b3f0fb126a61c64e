package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
	"retoma/internal/store"
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
		require.Equal(t, int64(1), counts[0].RespondedBefore, "the second message was still pending")
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

func TestAFailureThatCanPassIsTriedOnceMoreAfterAMinute(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		down := fault.New(fault.ProviderDown, "fora do ar")
		w.provider.answer(down, down)
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Equal(t, flows.Pending, w.pending()[0].State)
		w.at(local(10, 10, 11).Add(-time.Second))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1, "not before the minute is over")
		w.at(local(10, 10, 11))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		row := w.history()[0]
		require.Equal(t, flows.FollowUpFailed, row.State)
		require.Equal(t, "provider_down", row.ErrorCode)
		require.Equal(t, local(10, 11, 11), w.pending()[0].DueAt, "the next step counts from the final failure")
		require.Equal(t, "send.failed", w.notifications()[0].Kind)
	})
}

func TestARateLimitUsesUpNoTry(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		limited := &fault.Error{Code: fault.RateLimited, Message: "devagar", After: 5 * time.Second}
		w.provider.answer(limited, limited, limited)
		w.at(local(10, 10, 10))
		for range 4 {
			w.work(who.ContactID)
			w.pass(5 * time.Second)
		}
		require.Len(t, w.provider.sent, 4)
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
	})
}

func TestAnErrorThatNoLaterStepCouldCureEndsTheRun(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.provider.answer(fault.New(fault.Unreachable, "não está no WhatsApp"))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Equal(t, "unreachable", w.history()[0].ErrorCode)
		require.Empty(t, w.pending())
	})
}

func TestASendInDoubtWaitsForEvidenceAndIsNeverRepeated(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		w.at(local(10, 10, 40))
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		row := w.pending()[0]
		require.Equal(t, flows.Pending, row.State)
		require.Equal(t, chat.Unconfirmed, w.message(row.MessageID).State)
		require.Equal(t, "message.unconfirmed", w.notifications()[0].Kind)

		w.at(local(10, 10, 45))
		w.status(row.MessageID, chat.Sent, "")
		require.Equal(t, flows.FollowUpSent, w.history()[0].State)
		require.Equal(t, local(10, 10, 45), w.history()[0].SentAt, "at the status's time")
		require.Equal(t, local(10, 11, 45), w.pending()[0].DueAt)
	})
}

func TestTheTeamSettlesASendInDoubt(t *testing.T) {
	cases := map[string]struct {
		state flows.FollowUpState
		sends int
	}{
		store.ResolveSent:    {flows.FollowUpSent, 1},
		store.ResolveNotSent: {flows.FollowUpFailed, 1},
		store.ResolveResend:  {flows.FollowUpSent, 2},
	}
	for as, want := range cases {
		t.Run(as, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.customer(ana, "oi")
				who := w.enrol(ana, w.model(twoMessages))
				w.provider.answer(fault.New(fault.Unconfirmed, "tempo esgotado"))
				w.at(local(10, 10, 10))
				w.work(who.ContactID)
				_, err := w.store.ResolveMessage(context.Background(), w.tenant.ID, w.pending()[0].MessageID, as)
				require.NoError(t, err)
				w.work(who.ContactID)
				require.Equal(t, want.state, w.history()[0].State)
				require.Len(t, w.provider.sent, want.sends)
				require.Len(t, w.pending(), 1, "the run goes on")
			})
		})
	}
}

func TestAClaimWhoseWorkerDiedIsInDoubtAfterItsLease(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.provider.during = func(provider.Outgoing) { panic("the machine goes dark") }
		require.Panics(t, func() { w.work(who.ContactID) })
		w.provider.during = nil
		w.pass(lease - time.Second)
		w.work(who.ContactID)
		require.Equal(t, chat.Sending, w.message(w.pending()[0].MessageID).State)
		w.pass(time.Second)
		refs, err := w.store.Overdue(context.Background(), w.now(), 10)
		require.NoError(t, err)
		require.Len(t, refs, 1, "the scan finds it")
		w.work(who.ContactID)
		require.Equal(t, chat.Unconfirmed, w.message(w.pending()[0].MessageID).State)
		require.Len(t, w.provider.sent, 1)
	})
}

func TestOptOutCancelsEverythingAndConfirmsOnce(t *testing.T) {
	for _, said := range []string{"SAIR", "parar.", "Pare de me mandar mensagens!!", "  stop "} {
		t.Run(said, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.customer(ana, "oi")
				model := w.model(twoMessages)
				who := w.enrol(ana, model)
				w.customer(ana, said)
				w.customer(ana, said)
				require.Len(t, w.provider.sent, 1)
				require.Contains(t, w.provider.texts()[0], "VOLTAR")
				require.Equal(t, worker.ReasonOptedOut, w.history()[0].CancelReason)

				w.enrol(ana, model)
				w.at(local(10, 10, 10))
				w.work(who.ContactID)
				require.Len(t, w.provider.sent, 1)
				require.Equal(t, "opted_out", w.followUps(chat.FollowUpFilter{State: "FAILED"})[0].ErrorCode)

				w.customer(ana, "voltar")
				require.Len(t, w.provider.sent, 2)
			})
		})
	}
}

func TestOrdinaryWordsAreNoOptOut(t *testing.T) {
	eachWorld(t, func(w *world) {
		for _, said := range []string{"vou sair agora, depois falo", "quero cancelar o pedido 12", "não parar de vender né", "start up"} {
			w.customer(ana, said)
		}
		require.Empty(t, w.provider.sent)
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

func TestAPausedChannelHoldsFollowUpsUntilItIsResumed(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		pause := func(at time.Time) {
			_, err := w.store.ChangeChannel(ctx, w.tenant.ID, w.channel.ID, func(c *chat.Channel) error { c.PausedAt = at; return nil })
			require.NoError(t, err)
		}
		pause(w.now())
		w.at(local(10, 10, 10))
		for range 5 {
			w.work(who.ContactID)
			w.pass(time.Minute)
		}
		require.Empty(t, w.provider.sent)
		require.Len(t, w.pending(), 1)
		log := w.message(w.pending()[0].MessageID).Log
		require.LessOrEqual(t, countChecks(log, "pause"), 1, "a wait that goes on is one line")
		w.work(who.ContactID) // looks again in a minute
		pause(time.Time{})
		refs, err := w.store.LetGo(ctx, w.tenant.ID, w.channel.ID, "")
		require.NoError(t, err)
		require.Len(t, refs, 1)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
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
		require.Equal(t, worker.ReasonInactive, w.history()[0].CancelReason)
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

func TestATakeoverPausesAnswersButNotFollowUps(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(`{"name":"resposta","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"s"},
			{"id":"s","type":"send_message","with":{"text":"Sou o robô"},"next":"f"},{"id":"f","type":"end"}]}`)
		w.customer(ana, "oi")
		require.Equal(t, []string{"Sou o robô"}, w.provider.texts())
		who := w.enrol(ana, w.model(`{"name":"M","channelId":"c","startTime":null,"messages":[{"id":"m1","text":"follow-up","offset":30}]}`))
		w.pass(time.Minute)
		w.agent(ana, "oi, aqui é a Bia")
		w.pass(time.Minute)
		w.customer(ana, "oi Bia")
		require.Len(t, w.provider.sent, 1, "the bot is silent while a person talks")
		w.pass(40 * time.Minute)
		w.work(who.ContactID)
		require.Equal(t, []string{"Sou o robô", "follow-up"}, w.provider.texts())
	})
}

func TestAFlowAnswersAndWaitsForTheReply(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(`{"name":"triagem","nodes":[
			{"id":"t","type":"trigger","with":{"event":"message.received","if":"normalize(trigger.text) contains 'orcamento'"},"next":"p"},
			{"id":"p","type":"send_message","with":{"text":"Para quando?"},"next":"r"},
			{"id":"r","type":"wait_for_reply","with":{"timeout":"PT1H"},"exits":{"reply":"a","timeout":"b"}},
			{"id":"a","type":"send_message","with":{"text":"Anotado: {{ vars.reply }}"},"next":"f"},
			{"id":"b","type":"send_message","with":{"text":"Ainda está aí?"},"next":"f"},
			{"id":"f","type":"end"}]}`)
		w.customer(ana, "bom dia")
		require.Empty(t, w.provider.sent)
		w.customer(ana, "Quero um ORÇAMENTO")
		require.Equal(t, []string{"Para quando?"}, w.provider.texts())
		w.customer(ana, "sexta")
		require.Equal(t, []string{"Para quando?", "Anotado: sexta"}, w.provider.texts())

		who := w.customer("+5511999990002", "orçamento")
		w.pass(time.Hour)
		w.work(who.ContactID)
		require.Equal(t, "Ainda está aí?", w.provider.texts()[3])
	})
}

func TestAPaceSlotStretchesABurstWithoutRewritingTheRow(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		slot := local(10, 10, 10).Add(3 * time.Second)
		w.pacer.notBefore = slot
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Contains(t, w.waker.later, slot)
		w.at(slot)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
	})
}

func TestAFailedStatusAfterAcceptanceMovesTheFollowUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		id := w.history()[0].MessageID
		w.status(id, chat.Failed, string(fault.OutsideWindow))
		require.Equal(t, flows.FollowUpFailed, w.history()[0].State)
		require.Equal(t, chat.Failed, w.message(id).State)
		w.status(id, chat.Delivered, "")
		require.Equal(t, chat.Failed, w.message(id).State, "a state never moves back")
	})
}

func TestStatusesOnlyMoveForward(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		id := w.history()[0].MessageID
		for _, state := range []chat.MessageState{chat.Read, chat.Sent, chat.Delivered, chat.Failed} {
			w.pass(time.Second)
			w.status(id, state, "")
			require.Equal(t, chat.Read, w.message(id).State)
		}
		require.False(t, w.message(id).SentAt.IsZero(), "a late one leaves its time")
		require.Equal(t, flows.FollowUpSent, w.followUps(chat.FollowUpFilter{State: "SENT"})[0].State)
	})
}

func TestAnEventThatCannotBeHandledIsQuarantinedAndHoldsNobodyBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.deposit(ana, chat.Event{Name: chat.MessageReceived}) // a message without content
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent, "unread mail holds the send back")
		w.work(who.ContactID)
		w.work(who.ContactID)
		require.Equal(t, "inbox.quarantined", w.notifications()[0].Kind)
		w.work(who.ContactID)
		require.Len(t, w.provider.sent, 1)
	})
}

func TestACancelledFollowUpIsNeverSent(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := context.Background()
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		id := w.pending()[0].ID
		cancelled, err := w.store.CancelFollowUp(ctx, w.tenant.ID, id, "Cancelado manualmente")
		require.NoError(t, err)
		require.Equal(t, flows.FollowUpCancelled, cancelled.State)
		_, err = w.store.CancelFollowUp(ctx, w.tenant.ID, id, "de novo")
		require.True(t, fault.Is(err, fault.Conflict))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Empty(t, w.provider.sent)
		require.Empty(t, w.pending(), "cancel ends the run")
	})
}

func mailbox(w *world, contactID string) int64 {
	w.t.Helper()
	received, _, _, err := w.store.Mailbox(context.Background(), refOf(w, contactID))
	require.NoError(w.t, err)
	return received
}

func countChecks(log []chat.LogEntry, check string) int {
	count := 0
	for _, entry := range log {
		if entry.Check == check && entry.Verdict == "later" {
			count++
		}
	}
	return count
}
