package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/worker"
)

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

func TestAnOptOutNotedByTheTeamSilencesWithoutAWord(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.customer(ana, "oi")
		w.enrol(ana, w.model(twoMessages))
		w.arrive(ana, chat.Event{Name: chat.ContactChanged, Data: map[string]any{"optOut": "all"}})
		require.Empty(t, w.pending())
		require.Equal(t, []string{worker.ReasonOptedOut}, w.cancelReasons())
		require.Empty(t, w.provider.sent)
	})
}

func TestAPersonWhoWritesThroughUsEndsWhatEndsOnATakeover(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(`{"name":"f","onHuman":"stop","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"u"},
			{"id":"u","type":"followup","with":{"offsetMinutes":30,"text":"ainda aí?"},"next":"f"},{"id":"f","type":"end"}]}`)
		w.customer(ana, "oi")
		require.Len(t, w.pending(), 1)
		w.arrive(ana, chat.Event{Name: chat.AgentWrote})
		require.Empty(t, w.pending())
	})
}

func TestWhatIsTappedAndWhatIsTakenBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		for _, said := range []string{"não me tire da lista", "por favor nunca remova meu numero", "não quero mais receber o produto pelo correio"} {
			w.customer(ana, said)
		}
		for _, kind := range []chat.ContentType{chat.Button, chat.ButtonReply, chat.ListReply} {
			w.arrive(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: kind, Text: "Cancelar", Choice: "cancelar"}}})
		}
		require.Empty(t, w.provider.sent, "a button named Cancelar cancels what its message is about")
		w.customer(ana, "cancelar")
		require.Len(t, w.provider.sent, 1, "typed, it is a refusal")
		w.arrive(ana, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.ButtonReply, Text: "Voltar", Choice: "menu"}}})
		require.Len(t, w.provider.sent, 1, "a menu goes back, too: only what is typed takes a refusal back")
		w.customer(ana, "parar promoções")
		require.Len(t, w.provider.sent, 1, "a wider refusal stays, and nobody is answered twice")
		w.customer(ana, "VOLTAR")
		require.Len(t, w.provider.sent, 2)
	})
}
