package gateway_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/gateway/gatewaytest"
	"retoma/internal/ai/scripted"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// clerk lets a worker do what there is to do for the contacts of our tenant, with a willing provider.
func (h *house) clerk(wire *line) (work func()) {
	wire.Adapter = meta.New(meta.Options{})
	clerk := worker.New(worker.Options{
		Store: h.Store, Compiler: h.Options.Catalog, Waker: h.Wakes, Pacer: at{},
		Providers: map[string]provider.Provider{"meta": wire},
		Writer:    author{}, Horizon: func() time.Duration { return time.Hour }, Lease: time.Minute, Now: h.Clock,
		Logger: slog.New(slog.NewTextHandler(h.T.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	return func() {
		h.T.Helper()
		for _, contact := range h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List() {
			ref := desk.Ref{TenantID: h.Ours.ID, ContactID: contact.(object)["id"].(string)}
			require.NoError(h.T, clerk.Work(context.Background(), ref))
		}
	}
}

// The platform asks about a customer who talks to us on WhatsApp too.
func TestAnAssistantKnowsWhatWasSaidOnWhatsApp(t *testing.T) {
	const phone = "5511977770001"
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h, server, _ := writingHouse(t, engine)
			server.Answer(func(asked scripted.Request) scripted.Reply { return scripted.Say("re: " + asked.Last()) })
			id := h.Assistant(h.Ours, nil).Text("id")
			talk := func(question string) (spoken []string, conversationID string) {
				found := h.Done(200, "POST", gatewaytest.ReplyPath, h.Ours.Operator, object{"assistantId": id, "customerId": "+" + phone, "message": question})
				all := server.Requests()
				for _, message := range all[len(all)-1].Messages[2:] {
					spoken = append(spoken, message.Role+": "+message.Content)
				}
				return spoken, found.Text("conversationId")
			}
			work := h.clerk(&line{})
			h.CustomerSays(h.Channel(h.Ours.ID, "333", "+551130000333"), phone, "em outro canal, há tempos")
			work()
			h.Advance(time.Hour)
			h.CustomerSays(h.Theirs.Channel, phone, "a outra empresa")
			h.CustomerSays(h.Ours.Channel, phone, "Quero um orçamento")
			work()
			h.Advance(time.Minute)
			h.Done(202, "POST", "/api/actions/send-template", h.Ours.Operator,
				object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+" + phone, "variables": []any{"Ana", "hoje"}})
			waits, _ := talk("Alô?")
			require.Equal(t, []string{"user: Quero um orçamento", "user: Alô?"}, waits, "what has not been sent was not said")
			h.Advance(time.Second)
			work()
			h.Advance(time.Minute)
			h.CustomerSays(h.Ours.Channel, phone, "Que horas?")
			work()

			heard, conversation := talk("Que horas?")
			require.Equal(t, []string{
				"user: Quero um orçamento", "user: Alô?", "assistant: re: Alô?", "assistant: Olá Ana, seu compromisso é hoje.", "user: Que horas?",
			}, heard, "the question is there once")
			require.Empty(t, h.Done(200, "GET", "/api/conversations/"+conversation, h.Ours.Viewer, nil).Text("channelId"), "the answer stays in the platform's own talk")
			h.Advance(time.Minute)
			again, same := talk("E onde?")
			require.Equal(t, append(heard, "assistant: re: Que horas?", "user: E onde?"), again, "what came in by the webhook is not said twice")
			require.Equal(t, conversation, same)

			h.Done(200, "PATCH", "/api/assistants/"+id, h.Ours.Admin, object{"memory": 2})
			short, _ := talk("E quem?")
			require.Equal(t, []string{"assistant: re: E onde?", "user: E quem?"}, short, "its memory bounds both together")
		})
	}
}

// writingHouse is a talking house on a database of one kind.
func writingHouse(t *testing.T, engine string) (*house, *scripted.Server, actions.Assistants) {
	t.Helper()
	h, server, with := gatewaytest.WritingHouse(t, engine)
	return &house{h}, server, with
}
