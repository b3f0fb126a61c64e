package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/gateway"
	"retoma/internal/ai"
	"retoma/internal/ai/scripted"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/store/storetest"
)

// writingHouse is a talking house on a database of one kind.
func writingHouse(t *testing.T, engine string) (*house, *scripted.Server, actions.Assistants) {
	t.Helper()
	server, err := scripted.Start()
	require.NoError(t, err)
	t.Cleanup(server.Close)
	replier := &lateReplier{}
	h := newHouseAt(t, storetest.Address(t, engine), start, func(o *gateway.Options) { o.Assistants = replier })
	replier.Assistants = actions.Assistants{
		Store: h.store, Writer: ai.Writer{Client: ai.NewClient(ai.Options{Pause: time.Millisecond})}, Now: h.clock,
		Installation: ai.Endpoint{BaseURL: server.BaseURL(), Model: "m"},
	}
	return h, server, replier.Assistants
}

// usedToday is what an assistant has used, with what is reserved for it.
func (h *house) usedToday(assistantID string) chat.AIUsage {
	h.t.Helper()
	used, err := h.store.AIUsage(context.Background(), h.ours.id, assistantID, "2026-07-10")
	require.NoError(h.t, err)
	return used
}

// A cap of a day holds for writings that begin together: steps of a flow, and answers that a platform asks for.
func TestTheCapOfADayHoldsForWhatIsBeingWritten(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, h *house, with actions.Assistants, assistantID string) error{
		"steps": func(ctx context.Context, h *house, with actions.Assistants, assistantID string) error {
			tenant, err := h.store.Tenant(ctx, h.ours.id)
			if err != nil {
				return err
			}
			assistant, err := h.store.Assistant(ctx, h.ours.id, assistantID)
			if err != nil {
				return err
			}
			_, err = with.Write(ctx, actions.WritingJob{
				Tenant: tenant, Assistant: assistant, Zone: time.UTC, Conversation: chat.Conversation{ID: chat.NewID()},
				Message: chat.Message{Content: chat.Content{Writing: &chat.Writing{AssistantID: assistantID, Prompt: "Pergunte."}}},
			})
			return err
		},
		"answers": func(_ context.Context, h *house, _ actions.Assistants, assistantID string) error {
			found := h.call("POST", replyPath, h.ours.operator, object{"assistantId": assistantID, "customerId": "crm-1", "message": "oi"})
			if found.status == 200 {
				return nil
			}
			return fault.New(fault.Code(fmt.Sprint(found.body["code"])), "%s", found.raw)
		},
	} {
		for _, engine := range storetest.Engines() {
			t.Run(name+" "+engine, func(t *testing.T) {
				ctx := t.Context()
				h, server, with := writingHouse(t, engine)
				gated := func() chan struct{} {
					gate := make(chan struct{})
					server.Answer(func(scripted.Request) scripted.Reply {
						<-gate
						return scripted.Reply{Text: "Posso ajudar?", Input: 30, Output: 3}
					})
					return gate
				}
				gate := gated()
				id := h.assistant(h.ours, object{"dailyTokens": 1_000_000}).text("id")
				first := make(chan error, 1)
				go func() { first <- write(ctx, h, with, id) }()
				require.NoError(t, server.Await(ctx, 1))
				expected := h.usedToday(id).Tokens()
				require.Greater(t, expected, int64(300), "what it will probably use is counted before it is answered")
				close(gate)
				require.NoError(t, <-first)
				require.Equal(t, chat.AIUsage{Calls: 1, InputTokens: 30, OutputTokens: 3}, h.usedToday(id), "then what it used")

				gate = gated()
				h.done(200, "PATCH", "/api/assistants/"+id, h.ours.admin, object{"dailyTokens": 33 + 3*expected})
				const steps = 20
				var refused atomic.Int64
				ended := make(chan error, steps)
				for range steps {
					go func() {
						err := write(ctx, h, with, id)
						if fault.Is(err, fault.AILimit) {
							refused.Add(1)
							err = nil
						}
						ended <- err
					}()
				}
				require.Eventually(t, func() bool { return int(refused.Load())+len(server.Requests())-1 == steps }, 30*time.Second, time.Millisecond)
				begun := len(server.Requests()) - 1
				require.GreaterOrEqual(t, begun, 3)
				require.LessOrEqual(t, begun, 4, "at most one more than the cap allows")
				close(gate)
				for range steps {
					require.NoError(t, <-ended)
				}
				require.Equal(t, int64(33*(1+begun)), h.usedToday(id).Tokens())
				require.NoError(t, write(ctx, h, with, id), "what was not used after all can be used again")
			})
		}
	}
}

func TestWhatCameToNothingGivesItsReservationBack(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h, server, with := writingHouse(t, engine)
			id := h.assistant(h.ours, object{"dailyTokens": 100, "dailySpend": 1, "inputPrice": 2, "outputPrice": 3}).text("id")
			body := object{"assistantId": id, "customerId": "crm-1", "message": "oi"}
			server.Then(scripted.Fail(401, "invalid_api_key"))
			h.refused(422, "recusou a chave", "POST", replyPath, h.ours.operator, body)
			require.Equal(t, chat.AIUsage{Calls: 1}, h.usedToday(id))

			server.Then(scripted.Hang())
			ctx, cancel := context.WithCancel(t.Context())
			tenant, err := h.store.Tenant(ctx, h.ours.id)
			require.NoError(t, err)
			assistant, err := h.store.Assistant(ctx, h.ours.id, id)
			require.NoError(t, err)
			var writing sync.WaitGroup
			writing.Go(func() {
				_, err := with.Reply(ctx, actions.ReplyJob{Tenant: tenant, Assistant: assistant, Message: "oi"})
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
			require.NoError(t, server.Await(t.Context(), 2))
			h.refused(422, "limite diário", "POST", replyPath, h.ours.operator, body)
			cancel()
			writing.Wait()
			require.Equal(t, chat.AIUsage{Calls: 2}, h.usedToday(id))

			server.Then(scripted.Reply{Text: "Certo.", Input: 80, Output: 15})
			h.done(200, "POST", replyPath, h.ours.operator, body)
			require.Equal(t, chat.AIUsage{Calls: 3, InputTokens: 80, OutputTokens: 15, SpendMicros: 205}, h.usedToday(id))
		})
	}
}
