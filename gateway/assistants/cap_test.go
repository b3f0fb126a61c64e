package assistants_test

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
	"retoma/gateway/gatewaytest"
	"retoma/internal/ai/scripted"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/store/storetest"
)

// usedToday is what an assistant has used, with what is reserved for it.
func (h *house) usedToday(assistantID string) chat.AIUsage {
	h.T.Helper()
	used, err := h.Store.AIUsage(context.Background(), h.Ours.ID, assistantID, "2026-07-10")
	require.NoError(h.T, err)
	return used
}

// A cap of a day holds for writings that begin together: steps of a flow, and answers that a platform asks for.
func TestTheCapOfADayHoldsForWhatIsBeingWritten(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, h *house, with actions.Assistants, assistantID string) error{
		"steps": func(ctx context.Context, h *house, with actions.Assistants, assistantID string) error {
			tenant, err := h.Store.Tenant(ctx, h.Ours.ID)
			if err != nil {
				return err
			}
			assistant, err := h.Store.Assistant(ctx, h.Ours.ID, assistantID)
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
			found := h.Call("POST", gatewaytest.ReplyPath, h.Ours.Operator, object{"assistantId": assistantID, "customerId": "crm-1", "message": "oi"})
			if found.Status == 200 {
				return nil
			}
			return fault.New(fault.Code(fmt.Sprint(found.Body["code"])), "%s", found.Raw)
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
				id := h.Assistant(h.Ours, object{"dailyTokens": 1_000_000}).Text("id")
				first := make(chan error, 1)
				go func() { first <- write(ctx, h, with, id) }()
				require.NoError(t, server.Await(ctx, 1))
				expected := h.usedToday(id).Tokens()
				require.Greater(t, expected, int64(300), "what it will probably use is counted before it is answered")
				close(gate)
				require.NoError(t, <-first)
				require.Equal(t, chat.AIUsage{Calls: 1, InputTokens: 30, OutputTokens: 3}, h.usedToday(id), "then what it used")

				gate = gated()
				h.Done(200, "PATCH", "/api/assistants/"+id, h.Ours.Admin, object{"dailyTokens": 33 + 3*expected})
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
			id := h.Assistant(h.Ours, object{"dailyTokens": 100, "dailySpend": 1, "inputPrice": 2, "outputPrice": 3}).Text("id")
			body := object{"assistantId": id, "customerId": "crm-1", "message": "oi"}
			server.Then(scripted.Fail(401, "invalid_api_key"))
			h.Refused(422, "recusou a chave", "POST", gatewaytest.ReplyPath, h.Ours.Operator, body)
			require.Equal(t, chat.AIUsage{Calls: 1}, h.usedToday(id))

			server.Then(scripted.Hang())
			ctx, cancel := context.WithCancel(t.Context())
			tenant, err := h.Store.Tenant(ctx, h.Ours.ID)
			require.NoError(t, err)
			assistant, err := h.Store.Assistant(ctx, h.Ours.ID, id)
			require.NoError(t, err)
			var writing sync.WaitGroup
			writing.Go(func() {
				_, err := with.Reply(ctx, actions.ReplyJob{Tenant: tenant, Assistant: assistant, Message: "oi"})
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
			require.NoError(t, server.Await(t.Context(), 2))
			h.Refused(422, "limite diário", "POST", gatewaytest.ReplyPath, h.Ours.Operator, body)
			cancel()
			writing.Wait()
			require.Equal(t, chat.AIUsage{Calls: 2}, h.usedToday(id))

			server.Then(scripted.Reply{Text: "Certo.", Input: 80, Output: 15})
			h.Done(200, "POST", gatewaytest.ReplyPath, h.Ours.Operator, body)
			require.Equal(t, chat.AIUsage{Calls: 3, InputTokens: 80, OutputTokens: 15, SpendMicros: 205}, h.usedToday(id))
		})
	}
}

// writingHouse is a talking house on a database of one kind.
func writingHouse(t *testing.T, engine string) (*house, *scripted.Server, actions.Assistants) {
	t.Helper()
	h, server, with := gatewaytest.WritingHouse(t, engine)
	return &house{h}, server, with
}
