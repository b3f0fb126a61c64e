package followups_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// queued is a house with one follow-up in the queue.
func queued(t *testing.T, adjust ...func(*gateway.Options)) (h *house, ref desk.Ref, model, conversation, followUp string) {
	h = newHouse(t, adjust...)
	model = h.Model(h.Ours).Text("id")
	ref = h.CustomerWrote(h.Ours, "5511999999999")
	found, err := h.Store.ConversationOn(context.Background(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
	require.NoError(t, err)
	followUp = h.FollowUp(h.Ours, model, ref, found.ID)
	return h, ref, model, found.ID, followUp
}

func TestTheQueueIsFiltered(t *testing.T) {
	h, ref, model, conversation, followUp := queued(t)
	for _, query := range []string{
		"", "conversationId=" + conversation, "conversationId=1", "ruleId=" + model, "contactId=" + ref.ContactID, "contactId=1",
		"ruleId=" + model + "&contactId=1&conversationId=1&limit=1000",
	} {
		require.Equal(t, []string{followUp}, idsIn(h.Done(200, "GET", "/api/followups/pending?"+query, h.Ours.Viewer, nil)), query)
	}
	for _, name := range []string{"conversationId", "ruleId", "contactId"} {
		for _, id := range []string{chat.NewID(), "99"} {
			require.Empty(t, h.Done(200, "GET", "/api/followups/pending?"+name+"="+id, h.Ours.Viewer, nil).List())
		}
		h.Refused(400, "Erro de validação: "+name, "GET", "/api/followups/pending?"+name+"=x", h.Ours.Viewer, nil)
		h.Refused(400, "Erro de validação: "+name, "GET", "/api/followups/history?"+name+"=-1", h.Ours.Viewer, nil)
	}
	require.Empty(t, h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List())
}

func TestCancellingAFollowUp(t *testing.T) {
	h, ref, model, conversation, followUp := queued(t)
	h.Wakes.Forget()
	require.JSONEq(t, `{"success":true,"message":"Follow-up cancelado"}`, h.Done(200, "POST", "/api/followups/cancel/"+followUp, h.Ours.Operator, nil).Raw)
	require.Equal(t, []desk.Ref{ref}, h.Wakes.Contacts)
	require.Equal(t, []any{object{
		"id": followUp, "rule": object{"id": model, "name": "Orçamento"},
		"conversation": object{"id": conversation, "contactNumber": "5511999999999", "contactName": "Ana Souza"},
		"status":       "CANCELLED", "scheduledFor": "2026-07-10T14:00:00Z", "attempt": 1.0,
		"cancelledAt": "2026-07-10T13:00:00Z", "cancelReason": "cancelado pela API",
	}}, h.Done(200, "GET", "/api/followups/history?conversationId="+conversation, h.Ours.Viewer, nil).List())
	again := h.Refused(400, "Erro ao cancelar follow-up", "POST", "/api/followups/cancel/"+followUp, h.Ours.Operator, nil)
	require.Equal(t, "Erro ao cancelar follow-up", again.Body["error"])
	h.Refused(404, "Follow-up não encontrado", "POST", "/api/followups/cancel/"+chat.NewID(), h.Ours.Operator, nil)
	h.Refused(404, "Follow-up não encontrado", "POST", "/api/followups/cancel/x", h.Ours.Operator, nil)
	h.Refused(404, "Follow-up não encontrado", "GET", "/api/followups/3/explain", h.Ours.Viewer, nil)
}

func TestRemovingFromTheQueueCancelsAndHides(t *testing.T) {
	h, ref, _, conversation, followUp := queued(t)
	for range 2 { // again changes nothing
		require.JSONEq(t, `{"success":true,"message":"Item removido da fila"}`, h.Done(200, "DELETE", "/api/followups/queue/"+followUp, h.Ours.Operator, nil).Raw)
	}
	for _, list := range []string{"pending", "history", "leads-in-automation?status=CANCELLED"} {
		require.Empty(t, h.Done(200, "GET", "/api/followups/"+list, h.Ours.Viewer, nil).List(), list)
	}
	require.Contains(t, h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"), "cancelado")
	require.Equal(t, 1.0, h.Done(200, "GET", "/api/followups/dashboard-metrics", h.Ours.Viewer, nil).Data()["summary"].(object)["totalCancelled"], "it is counted")
	worked, err := h.Store.Work(context.Background(), ref, nil, func(context.Context, *desk.Desk) error { return nil })
	require.NoError(t, err)
	require.Empty(t, worked.Desk.Runs)

	cancelled := h.FollowUp(h.Ours, h.Model(h.Ours).Text("id"), ref, conversation)
	h.Done(200, "POST", "/api/followups/cancel/"+cancelled, h.Ours.Operator, nil)
	h.Done(200, "DELETE", "/api/followups/queue/"+cancelled, h.Ours.Operator, nil)
	require.Empty(t, h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List())

	for _, state := range []flows.FollowUpState{flows.FollowUpSent, flows.FollowUpFailed} {
		sent := h.FollowUp(h.Ours, h.Model(h.Ours).Text("id"), ref, conversation)
		h.SettleFollowUp(ref, sent, func(f *flows.FollowUp) { f.State, f.SentAt, f.FailedAt = state, h.Clock(), h.Clock() })
		refused := h.Refused(400, "Erro ao cancelar follow-up", "DELETE", "/api/followups/queue/"+sent, h.Ours.Operator, nil)
		require.NotEmpty(t, refused.Body["problems"])
	}
	require.Len(t, h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List(), 2)
	h.Refused(404, "Follow-up não encontrado", "DELETE", "/api/followups/queue/"+chat.NewID(), h.Ours.Operator, nil)
	h.Refused(404, "Follow-up não encontrado", "DELETE", "/api/followups/queue/7", h.Ours.Operator, nil)
	h.Refused(403, "", "DELETE", "/api/followups/queue/"+followUp, h.Ours.Viewer, nil)
}

func TestHistoryTellsOfASentFollowUp(t *testing.T) {
	h, ref, _, conversation, followUp := queued(t)
	message := chat.Message{
		ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.Ours.Channel.ID, Direction: chat.Outbound,
		Origin: chat.FromFollowUp, State: chat.Delivered, ExternalID: "wamid.HBg", FollowUpID: followUp, CreatedAt: h.Clock().Add(59 * time.Minute),
		Content: chat.Content{Type: chat.Text, Text: "Olá"},
		Log:     []chat.LogEntry{{At: h.Clock().Add(59 * time.Minute), Check: "window", Verdict: "go", Values: map[string]any{"closesAt": "x"}}},
	}
	_, err := h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.Changes.NewMessages = append(d.Changes.NewMessages, message)
		return nil
	})
	require.NoError(t, err)
	h.SettleFollowUp(ref, followUp, func(f *flows.FollowUp) {
		f.State, f.SentAt, f.MessageID = flows.FollowUpSent, h.Clock().Add(time.Hour+5*time.Second), message.ID
		f.Log = []chat.LogEntry{{At: h.Clock().Add(time.Hour), Check: "provider", Verdict: "accepted"}}
	})
	sent := h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List()[0].(object)
	require.Equal(t, "SENT", sent["status"])
	require.Equal(t, "2026-07-10T14:00:05Z", sent["sentAt"])
	require.Equal(t, "wamid.HBg", sent["messageId"])

	told := h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil)
	require.Equal(t, "Enviado em 10/07/2026 11:00:05 (America/Sao_Paulo); a mensagem está entregue.", told.Text("summary"))
	var checks []string
	for _, line := range told.Data()["log"].([]any) {
		checks = append(checks, line.(object)["about"].(string)+" "+line.(object)["check"].(string))
	}
	require.Equal(t, []string{"followup plan", "message window", "followup provider"}, checks, "in order of time")
}

func TestTheSummarySaysWhyNot(t *testing.T) {
	at := gatewaytest.Start.Add(time.Hour)
	tests := map[string]struct {
		change func(*flows.FollowUp)
		want   string
	}{
		"replied": {func(f *flows.FollowUp) { f.State, f.CancelledAt = flows.Responded, at }, "Não foi enviado: o cliente respondeu antes, em 10/07/2026 11:00:00 (America/Sao_Paulo)."},
		"cancelled": {func(f *flows.FollowUp) {
			f.State, f.CancelledAt, f.CancelReason = flows.FollowUpCancelled, at, "modelo removido"
		}, "Não foi enviado: cancelado em 10/07/2026 11:00:00 (America/Sao_Paulo) (modelo removido)."},
		"failed": {func(f *flows.FollowUp) {
			f.State, f.FailedAt, f.ErrorCode = flows.FollowUpFailed, at, "outside_window"
			f.Log = []chat.LogEntry{{At: at, Check: "window", Verdict: "drop", Reason: "fora da janela de 24 horas"}}
		}, "Não foi enviado: falhou em 10/07/2026 11:00:00 (America/Sao_Paulo) (fora da janela de 24 horas)."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h, ref, _, _, followUp := queued(t)
			require.Equal(t, "Ainda não foi enviado: está previsto para 10/07/2026 11:00:00 (America/Sao_Paulo).", h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"))
			h.SettleFollowUp(ref, followUp, test.change)
			require.Equal(t, test.want, h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"))
		})
	}
}
