package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
)

const inHalfAnHour = `{"name":"Depois","channelId":"c","startTime":null,"messages":[{"id":"m1","text":"um","offset":30},{"id":"m2","text":"dois","offset":30}]}`

// choose enrols with the choices of a command's extended form.
func (w *world) choose(phone string, model flows.Document, choices chat.Enrolment) {
	choices.FlowID, choices.Group, choices.Source = model.ID, "model", "command"
	w.arrive(phone, chat.Event{Name: chat.Enrol, Enrol: &choices})
}

func TestAnEnrolmentThatIsPutOffCountsFromItsMoment(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.choose(ana, w.model(inHalfAnHour), chat.Enrolment{At: w.now().Add(2 * time.Hour)})
		require.Equal(t, w.now().Add(150*time.Minute), w.pending()[0].DueAt)
	})
	eachWorld(t, func(w *world) {
		w.choose(ana, w.model(inHalfAnHour), chat.Enrolment{At: w.now().Add(-2 * time.Hour)})
		require.Equal(t, w.now().Add(30*time.Minute), w.pending()[0].DueAt, "a moment that has passed puts nothing off")
	})
	eachWorld(t, func(w *world) {
		model := w.model(`{"name":"Às nove","channelId":"c","startTime":"09:00","messages":[{"id":"m1","text":"um","offset":10}]}`)
		w.choose(ana, model, chat.Enrolment{At: local(12, 9, 30)})
		require.True(t, local(13, 9, 10).Equal(w.pending()[0].DueAt), "the next nine o'clock after the moment")
	})
}

func TestAnEnrolmentMayEndAtTheCustomersAnswerWhateverTheModelSays(t *testing.T) {
	for onReply, left := range map[string]int{"stop": 0, "continue": 1, "": 1} {
		t.Run(onReply, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.choose(ana, w.model(inHalfAnHour), chat.Enrolment{OnReply: onReply})
				w.pass(time.Minute)
				w.customer(ana, "oi")
				require.Len(t, w.pending(), left)
			})
		})
	}
}

func TestWhoIsEnrolledAlreadyIsKeptReplacedOrBegunAgain(t *testing.T) {
	tests := []struct {
		choice    string
		same      bool
		reasons   []string // of what was cancelled
		stillDue  time.Duration
		otherRuns bool
	}{
		{choice: "", same: true, stillDue: 20 * time.Minute},
		{choice: "replace", same: true, stillDue: 20 * time.Minute},
		{choice: "keep", same: true, stillDue: 20 * time.Minute},
		{choice: "restart", same: true, reasons: []string{"Substituído por outro modelo"}, stillDue: 30 * time.Minute},
		{choice: "", reasons: []string{"Substituído por outro modelo"}, stillDue: 30 * time.Minute, otherRuns: true},
		{choice: "replace", reasons: []string{"Substituído por outro modelo"}, stillDue: 30 * time.Minute, otherRuns: true},
		{choice: "restart", reasons: []string{"Substituído por outro modelo"}, stillDue: 30 * time.Minute, otherRuns: true},
		{choice: "keep", stillDue: 20 * time.Minute},
	}
	for _, test := range tests {
		eachWorld(t, func(w *world) {
			first, second := w.model(inHalfAnHour), w.model(inHalfAnHour)
			w.choose(ana, first, chat.Enrolment{})
			w.pass(10 * time.Minute)
			if test.same {
				second = first
			}
			w.choose(ana, second, chat.Enrolment{IfEnrolled: test.choice})
			pending := w.pending()
			require.Len(t, pending, 1, "%+v", test)
			require.Equal(t, w.now().Add(test.stillDue), pending[0].DueAt, "%+v", test)
			require.Equal(t, test.otherRuns, pending[0].FlowID == second.ID && !test.same, "%+v", test)
			require.Equal(t, test.reasons, w.reasonsOfCancelled(), "%+v", test)
		})
	}
}

func (w *world) reasonsOfCancelled() []string {
	var reasons []string
	for _, row := range w.history() {
		if row.State == flows.FollowUpCancelled {
			reasons = append(reasons, row.CancelReason)
		}
	}
	return reasons
}

func TestWhoIsTakenOutIsToldWhy(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.choose(ana, w.model(inHalfAnHour), chat.Enrolment{})
		w.arrive(ana, chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{Group: "model", Source: "command", Reason: "comprou"}})
		require.Equal(t, []string{"comprou"}, w.reasonsOfCancelled())
	})
}

func TestAStoppedBotAnswersNobodyAndFollowUpsGoOn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(`{"name":"resposta","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"s"},
			{"id":"s","type":"send_message","with":{"text":"Sou o robô"},"next":"f"},{"id":"f","type":"end"}]}`)
		w.choose(ana, w.model(inHalfAnHour), chat.Enrolment{})
		w.customer(ana, "oi")
		require.Equal(t, []string{"Sou o robô"}, w.provider.texts())
		who := w.arrive(ana, chat.Event{Name: chat.BotStopped})
		w.pass(time.Minute)
		w.customer(ana, "alguém aí?")
		require.Len(t, w.provider.sent, 1)
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		require.Contains(t, w.provider.texts(), "um")
	})
}
