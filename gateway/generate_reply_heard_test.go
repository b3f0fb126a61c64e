package gateway_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
		Store: h.store, Compiler: h.options.Catalog, Waker: h.wakes, Pacer: at{},
		Providers: map[string]provider.Provider{"meta": wire},
		Writer:    author{}, Horizon: func() time.Duration { return time.Hour }, Lease: time.Minute, Now: h.clock,
		Logger: slog.New(slog.NewTextHandler(h.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	return func() {
		h.t.Helper()
		for _, contact := range h.done(200, "GET", "/api/contacts", h.ours.viewer, nil).list() {
			ref := desk.Ref{TenantID: h.ours.id, ContactID: contact.(object)["id"].(string)}
			require.NoError(h.t, clerk.Work(context.Background(), ref))
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
			id := h.assistant(h.ours, nil).text("id")
			talk := func(question string) (spoken []string, conversationID string) {
				found := h.done(200, "POST", replyPath, h.ours.operator, object{"assistantId": id, "customerId": "+" + phone, "message": question})
				all := server.Requests()
				for _, message := range all[len(all)-1].Messages[2:] {
					spoken = append(spoken, message.Role+": "+message.Content)
				}
				return spoken, found.text("conversationId")
			}
			work := h.clerk(&line{})
			h.customerSays(h.channel(h.ours.id, "333", "+551130000333"), phone, "em outro canal, há tempos")
			work()
			h.advance(time.Hour)
			h.customerSays(h.theirs.channel, phone, "a outra empresa")
			h.customerSays(h.ours.channel, phone, "Quero um orçamento")
			work()
			h.advance(time.Minute)
			h.done(202, "POST", "/api/actions/send-template", h.ours.operator,
				object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+" + phone, "variables": []any{"Ana", "hoje"}})
			waits, _ := talk("Alô?")
			require.Equal(t, []string{"user: Quero um orçamento", "user: Alô?"}, waits, "what has not been sent was not said")
			h.advance(time.Second)
			work()
			h.advance(time.Minute)
			h.customerSays(h.ours.channel, phone, "Que horas?")
			work()

			heard, conversation := talk("Que horas?")
			require.Equal(t, []string{
				"user: Quero um orçamento", "user: Alô?", "assistant: re: Alô?", "assistant: Olá Ana, seu compromisso é hoje.", "user: Que horas?",
			}, heard, "the question is there once")
			require.Empty(t, h.done(200, "GET", "/api/conversations/"+conversation, h.ours.viewer, nil).text("channelId"), "the answer stays in the platform's own talk")
			h.advance(time.Minute)
			again, same := talk("E onde?")
			require.Equal(t, append(heard, "assistant: re: Que horas?", "user: E onde?"), again, "what came in by the webhook is not said twice")
			require.Equal(t, conversation, same)

			h.done(200, "PATCH", "/api/assistants/"+id, h.ours.admin, object{"memory": 2})
			short, _ := talk("E quem?")
			require.Equal(t, []string{"assistant: re: E onde?", "user: E quem?"}, short, "its memory bounds both together")
		})
	}
}
