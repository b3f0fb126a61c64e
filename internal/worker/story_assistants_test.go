package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// writer is an assistant that writes what it is told to; while it holds, it writes nothing.
type writer struct {
	mutex   sync.Mutex
	jobs    []actions.WritingJob
	answers []any // texts and errors; after them every text says its prompt
	hold    chan struct{}
	began   chan struct{}
	ended   chan struct{}
}

func newWriter() *writer {
	return &writer{began: make(chan struct{}, 1000), ended: make(chan struct{}, 1000)}
}

func (w *writer) Write(ctx context.Context, job actions.WritingJob) (actions.Written, error) {
	w.mutex.Lock()
	w.jobs = append(w.jobs, job)
	var answer any = "escrito: " + job.Message.Content.Writing.Prompt
	if len(w.answers) > 0 {
		answer, w.answers = w.answers[0], w.answers[1:]
	}
	hold := w.hold
	w.mutex.Unlock()
	w.began <- struct{}{}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return actions.Written{}, fault.Wrap(fault.AIFailed, ctx.Err(), "a escrita foi interrompida")
		}
	}
	if problem, failed := answer.(error); failed {
		return actions.Written{}, problem
	}
	return actions.Written{Text: answer.(string), Log: []chat.LogEntry{{Check: "ai", Verdict: "written"}}}, nil
}

// config publishes an assistant's follow-up configuration.
func (w *world) config(assistant chat.Assistant, rest string) flows.Document {
	return w.publish(flows.ConfigDocument, fmt.Sprintf(`{"assistant_id":%q,"trigger_status_ids":["novo","parado"],%s}`, assistant.ID, rest))
}

func (w *world) assistant() chat.Assistant {
	w.t.Helper()
	made, err := w.store.CreateAssistant(context.Background(), chat.Assistant{ID: chat.NewID(), TenantID: w.tenant.ID, Name: "Lia", Persona: "Você é a Lia."})
	require.NoError(w.t, err)
	return made
}

// status changes the contact's status as a PATCH does.
func (w *world) becomes(phone, status string) desk.Accepted {
	return w.happened(phone, chat.StatusChanged, map[string]any{"status": status}, func(c *chat.Contact) { c.Status = status })
}

// settle lets everything that assistants write be noted, and works on the contact until nothing moves.
func (w *world) settle(contactID string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.worker.Writing() == 0 }, 5*time.Second, time.Millisecond)
	w.work(contactID)
}

const twoPrompts = `"steps":[{"interval":"PT30M","prompt":"Pergunte se precisa de ajuda","fallback":"Posso ajudar?"},{"interval":"PT2H","prompt":"Ofereça uma demonstração"}]`

func TestAStatusStartsAConfigAndItsAssistantWritesEachStep(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		w.becomes(ana, "outro")
		require.Empty(t, w.pending())
		w.becomes(ana, "novo")
		require.Equal(t, w.now().Add(30*time.Minute), w.pending()[0].DueAt)
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		w.settle(who.ContactID)
		require.Equal(t, []string{"escrito: Pergunte se precisa de ajuda"}, w.provider.texts())
		require.Equal(t, w.now().Add(2*time.Hour), w.pending()[0].DueAt)
		w.pass(2 * time.Hour)
		w.work(who.ContactID)
		w.settle(who.ContactID)
		require.Len(t, w.provider.sent, 2)
		require.Equal(t, "escrito: Ofereça uma demonstração", w.provider.texts()[1])
		require.Empty(t, w.pending())
		require.Equal(t, "Ana Souza", w.writer.jobs[0].Contact.Name)
	})
}

func TestAStatusOutsideTheListEndsTheRunAndAnotherInsideBeginsAnew(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		w.customer(ana, "oi")
		w.becomes(ana, "novo")
		w.pass(10 * time.Minute)
		w.becomes(ana, "parado")
		require.Len(t, w.pending(), 1)
		require.Equal(t, w.now().Add(30*time.Minute), w.pending()[0].DueAt, "from the new status change")
		require.Len(t, w.history(), 1)
		w.becomes(ana, "fechado")
		require.Empty(t, w.pending())
		require.Len(t, w.history(), 2)
	})
}

func TestAStatusThatFlapsLeavesOneRunAtMost(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		for i := range 40 {
			status := []string{"novo", "fechado", "parado"}[i%3]
			w.change(who.ContactID, func(c *chat.Contact) { c.Status = status })
			_, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{TenantID: w.tenant.ID, ContactID: who.ContactID,
				Event: chat.Event{Name: chat.StatusChanged, At: w.now(), Data: map[string]any{"status": status}}}}})
			require.NoError(t, err)
		}
		w.work(who.ContactID)
		require.Len(t, w.pending(), 1, "the last status is in the list")
		w.becomes(ana, "fechado")
		require.Empty(t, w.pending())
	})
}

func TestAReplyWhileTheAssistantWritesSendsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		w.becomes(ana, "novo")
		w.writer.hold = make(chan struct{})
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		<-w.writer.began
		w.work(who.ContactID)
		require.Len(t, w.writer.jobs, 1, "nobody is asked twice")
		w.customer(ana, "estou aqui")
		require.Equal(t, flows.Responded, w.history()[0].State)
		close(w.writer.hold)
		w.settle(who.ContactID)
		require.Empty(t, w.provider.sent)
	})
}

// The database may be away just when an assistant reads the talk: then it writes a little later, and neither the fallback goes nor
// does the step fail.
func TestTroubleOfOurOwnWhileAnAssistantWritesPasses(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		w.becomes(ana, "novo")
		w.writer.answers = []any{errors.New("unexpected EOF"), fault.New(fault.Unavailable, "o banco de dados não responde")}
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		for range 2 {
			w.settle(who.ContactID)
			require.Empty(t, w.provider.sent)
			require.Equal(t, flows.Pending, w.pending()[0].State)
			w.pass(10 * time.Second)
			w.work(who.ContactID)
		}
		w.settle(who.ContactID)
		require.Equal(t, []string{"escrito: Pergunte se precisa de ajuda"}, w.provider.texts())
	})
}

func TestWithoutAUsableTextTheFallbackGoesElseTheStepFails(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		w.becomes(ana, "novo")
		refused := fault.New(fault.AIRejected, "o assistente não escreveu um texto que possa ser enviado")
		w.writer.answers = []any{refused, refused}
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		w.settle(who.ContactID)
		require.Equal(t, []string{"Posso ajudar?"}, w.provider.texts())
		w.pass(2 * time.Hour)
		w.work(who.ContactID)
		w.settle(who.ContactID)
		require.Len(t, w.provider.sent, 1)
		failed := w.history()
		require.Contains(t, []flows.FollowUpState{failed[0].State, failed[1].State}, flows.FollowUpFailed)
		require.Contains(t, []string{failed[0].ErrorCode, failed[1].ErrorCode}, "ai_rejected")
		require.NotEmpty(t, w.notifications())
	})
}

func TestAClosedWindowUsesTheChannelsTemplateElseTheStepFails(t *testing.T) {
	for _, withTemplate := range []bool{true, false} {
		t.Run(fmt.Sprint(withTemplate), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.template("retomada", "Oi {{1}}, da {{2}}?")
				rest := `"steps":[{"interval":"PT30M","prompt":"Pergunte"}]`
				if withTemplate {
					rest += fmt.Sprintf(`,"official_steps":[{"channel_id":%q,"steps":[{"interval":"P1D","template_name":"retomada","template_params":["{{LEAD_FIRSTNAME}}","{{COMPANY_NAME}}"]}]}]`, w.channel.ID)
				}
				w.config(w.assistant(), rest)
				who := w.customer(ana, "oi")
				w.pass(23*time.Hour + 45*time.Minute)
				w.becomes(ana, "novo")
				w.pass(30 * time.Minute)
				w.work(who.ContactID)
				w.settle(who.ContactID)
				if !withTemplate {
					require.Equal(t, "outside_window", w.history()[0].ErrorCode)
					explained, err := w.store.FollowUp(context.Background(), w.tenant.ID, w.history()[0].ID)
					require.NoError(t, err)
					log, err := json.Marshal(explained.Log)
					require.NoError(t, err)
					require.Contains(t, string(log), "janela de 24 horas")
					return
				}
				require.Equal(t, []string{"Oi Ana, da Loja?"}, w.provider.texts())
				require.Empty(t, w.writer.jobs, "nothing was written for a closed window")
				require.Len(t, w.pending(), 1)
				w.pass(24 * time.Hour)
				w.window(who.ContactID)
				w.work(who.ContactID)
				require.Len(t, w.provider.sent, 2, "from 24 h on it is the template, whatever the window")
				require.NotNil(t, w.provider.sent[1].message.Content.Template)
			})
		})
	}
}

func TestWhatAnAssistantWasWritingIsWrittenAgainAfterACrash(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		w.becomes(ana, "novo")
		w.writer.hold = make(chan struct{})
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		<-w.writer.began
		w.worker.Stop() // the process ends while the assistant writes
		item := w.outboxState()
		require.Equal(t, []string{"pending"}, item)
		require.Empty(t, w.provider.sent)
		w.writer.hold = nil
		w.restart()
		w.work(who.ContactID)
		w.settle(who.ContactID)
		require.Equal(t, []string{"escrito: Pergunte se precisa de ajuda"}, w.provider.texts())
	})
}

func TestAWritingWhoseProcessDiedIsFoundWhenItsLeaseIsOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		who := w.customer(ana, "oi")
		w.becomes(ana, "novo")
		w.writer.hold = make(chan struct{})
		w.pass(30 * time.Minute)
		w.work(who.ContactID)
		<-w.writer.began
		w.pass(desk.WritingLease - time.Second)
		require.NoError(t, w.store.KeepWriting(context.Background(), []string{w.writer.jobs[0].Message.ID}))
		w.pass(desk.WritingLease - time.Second)
		w.work(who.ContactID)
		require.Len(t, w.writer.jobs, 1, "its process said that it lives")
		w.pass(time.Second)
		overdue, err := w.store.Overdue(context.Background(), w.now(), 10)
		require.NoError(t, err)
		require.Contains(t, overdue, refOf(w, who.ContactID))
		first := w.writer.hold
		w.writer.hold = nil
		w.work(who.ContactID)
		<-w.writer.began
		require.Eventually(t, func() bool { return len(w.provider.texts()) == 1 }, 5*time.Second, time.Millisecond)
		close(first)
		w.settle(who.ContactID)
		require.Len(t, w.provider.sent, 1, "the text that came too late is thrown away")
	})
}

func TestSlowAssistantsDelayNobody(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.config(w.assistant(), twoPrompts)
		w.writer.hold = make(chan struct{})
		var people []string
		for i := range 200 {
			phone := fmt.Sprintf("+55119999%05d", i)
			w.customer(phone, "oi")
			people = append(people, w.becomes(phone, "novo").ContactID)
		}
		w.pass(30 * time.Minute)
		for _, contactID := range people {
			w.work(contactID)
		}
		for range people {
			<-w.writer.began
		}
		w.customer(ana, "oi")
		w.ours(ana, chat.FromPerson, "oi")
		require.Len(t, w.provider.sent, 1, "200 assistants write, and a message goes out at once")
		close(w.writer.hold)
		require.Eventually(t, func() bool { return w.worker.Writing() == 0 }, 60*time.Second, 5*time.Millisecond)
		require.Len(t, w.provider.sent, 201)
	})
}

func (w *world) template(name, body string) {
	w.t.Helper()
	err := w.store.SaveTemplates(context.Background(), w.tenant.ID, w.channel.ID, []chat.Template{{
		ID: chat.NewID(), TenantID: w.tenant.ID, ChannelID: w.channel.ID, Name: name, Language: "pt_BR", Category: "MARKETING", Status: "APPROVED", BodyText: body,
	}})
	require.NoError(w.t, err)
}

// outboxState lists the states of what is in the outbox.
func (w *world) outboxState() []string {
	w.t.Helper()
	var states []string
	for _, state := range []chat.MessageState{chat.Queued, chat.Sending} {
		found, err := w.store.Messages(context.Background(), w.tenant.ID, chat.MessageFilter{State: state, Page: chat.Page{Limit: 10}})
		require.NoError(w.t, err)
		for range found {
			states = append(states, strings.Replace(string(state), "queued", "pending", 1))
		}
	}
	return states
}
