package gateway_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// queued is a house with one follow-up in the queue.
func queued(t *testing.T) (h *house, ref desk.Ref, model, conversation, followUp string) {
	h = newHouse(t)
	model = h.model(h.ours).text("id")
	ref = h.customerWrote(h.ours, "5511999999999")
	found, err := h.store.ConversationOn(context.Background(), h.ours.id, ref.ContactID, h.ours.channel.ID)
	require.NoError(t, err)
	followUp = h.followUp(h.ours, model, ref, found.ID)
	return h, ref, model, found.ID, followUp
}

func TestTheQueueIsFiltered(t *testing.T) {
	h, ref, model, conversation, followUp := queued(t)
	for _, query := range []string{
		"", "conversationId=" + conversation, "conversationId=1", "ruleId=" + model, "contactId=" + ref.ContactID, "contactId=1",
		"ruleId=" + model + "&contactId=1&conversationId=1&limit=1000",
	} {
		require.Equal(t, []string{followUp}, idsIn(h.done(200, "GET", "/api/followups/pending?"+query, h.ours.viewer, nil)), query)
	}
	for _, name := range []string{"conversationId", "ruleId", "contactId"} {
		for _, id := range []string{chat.NewID(), "99"} {
			require.Empty(t, h.done(200, "GET", "/api/followups/pending?"+name+"="+id, h.ours.viewer, nil).list())
		}
		h.refused(400, "Erro de validação: "+name, "GET", "/api/followups/pending?"+name+"=x", h.ours.viewer, nil)
		h.refused(400, "Erro de validação: "+name, "GET", "/api/followups/history?"+name+"=-1", h.ours.viewer, nil)
	}
	require.Empty(t, h.done(200, "GET", "/api/followups/history", h.ours.viewer, nil).list())
}

func TestCancellingAFollowUp(t *testing.T) {
	h, ref, model, conversation, followUp := queued(t)
	h.wakes.forget()
	require.JSONEq(t, `{"success":true,"message":"Follow-up cancelado"}`, h.done(200, "POST", "/api/followups/cancel/"+followUp, h.ours.operator, nil).raw)
	require.Equal(t, []desk.Ref{ref}, h.wakes.contacts)
	require.Equal(t, []any{object{
		"id": followUp, "rule": object{"id": model, "name": "Orçamento"},
		"conversation": object{"id": conversation, "contactNumber": "5511999999999", "contactName": "Ana Souza"},
		"status":       "CANCELLED", "scheduledFor": "2026-07-10T14:00:00Z", "attempt": 1.0,
		"cancelledAt": "2026-07-10T13:00:00Z", "cancelReason": "cancelado pela API",
	}}, h.done(200, "GET", "/api/followups/history?conversationId="+conversation, h.ours.viewer, nil).list())
	again := h.refused(400, "Erro ao cancelar follow-up", "POST", "/api/followups/cancel/"+followUp, h.ours.operator, nil)
	require.Equal(t, "Erro ao cancelar follow-up", again.body["error"])
	h.refused(404, "Follow-up não encontrado", "POST", "/api/followups/cancel/"+chat.NewID(), h.ours.operator, nil)
	h.refused(404, "Follow-up não encontrado", "POST", "/api/followups/cancel/x", h.ours.operator, nil)
	h.refused(404, "Follow-up não encontrado", "GET", "/api/followups/3/explain", h.ours.viewer, nil)
}

func TestRemovingFromTheQueueCancelsAndHides(t *testing.T) {
	h, ref, _, conversation, followUp := queued(t)
	for range 2 { // again changes nothing
		require.JSONEq(t, `{"success":true,"message":"Item removido da fila"}`, h.done(200, "DELETE", "/api/followups/queue/"+followUp, h.ours.operator, nil).raw)
	}
	for _, list := range []string{"pending", "history", "leads-in-automation?status=CANCELLED"} {
		require.Empty(t, h.done(200, "GET", "/api/followups/"+list, h.ours.viewer, nil).list(), list)
	}
	require.Contains(t, h.done(200, "GET", "/api/followups/"+followUp+"/explain", h.ours.viewer, nil).text("summary"), "cancelado")
	require.Equal(t, 1.0, h.done(200, "GET", "/api/followups/dashboard-metrics", h.ours.viewer, nil).data()["summary"].(object)["totalCancelled"], "it is counted")
	worked, err := h.store.Work(context.Background(), ref, nil, func(context.Context, *desk.Desk) error { return nil })
	require.NoError(t, err)
	require.Empty(t, worked.Desk.Runs)

	cancelled := h.followUp(h.ours, h.model(h.ours).text("id"), ref, conversation)
	h.done(200, "POST", "/api/followups/cancel/"+cancelled, h.ours.operator, nil)
	h.done(200, "DELETE", "/api/followups/queue/"+cancelled, h.ours.operator, nil)
	require.Empty(t, h.done(200, "GET", "/api/followups/history", h.ours.viewer, nil).list())

	for _, state := range []flows.FollowUpState{flows.FollowUpSent, flows.FollowUpFailed} {
		sent := h.followUp(h.ours, h.model(h.ours).text("id"), ref, conversation)
		h.settleFollowUp(ref, sent, func(f *flows.FollowUp) { f.State, f.SentAt, f.FailedAt = state, h.clock(), h.clock() })
		refused := h.refused(400, "Erro ao cancelar follow-up", "DELETE", "/api/followups/queue/"+sent, h.ours.operator, nil)
		require.NotEmpty(t, refused.body["problems"])
	}
	require.Len(t, h.done(200, "GET", "/api/followups/history", h.ours.viewer, nil).list(), 2)
	h.refused(404, "Follow-up não encontrado", "DELETE", "/api/followups/queue/"+chat.NewID(), h.ours.operator, nil)
	h.refused(404, "Follow-up não encontrado", "DELETE", "/api/followups/queue/7", h.ours.operator, nil)
	h.refused(403, "", "DELETE", "/api/followups/queue/"+followUp, h.ours.viewer, nil)
}

func TestHistoryTellsOfASentFollowUp(t *testing.T) {
	h, ref, _, conversation, followUp := queued(t)
	message := chat.Message{
		ID: chat.NewID(), TenantID: h.ours.id, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.ours.channel.ID, Direction: chat.Outbound,
		Origin: chat.FromFollowUp, State: chat.Delivered, ExternalID: "wamid.HBg", FollowUpID: followUp, CreatedAt: h.clock().Add(59 * time.Minute),
		Content: chat.Content{Type: chat.Text, Text: "Olá"},
		Log:     []chat.LogEntry{{At: h.clock().Add(59 * time.Minute), Check: "window", Verdict: "go", Values: map[string]any{"closesAt": "x"}}},
	}
	_, err := h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.Changes.NewMessages = append(d.Changes.NewMessages, message)
		return nil
	})
	require.NoError(t, err)
	h.settleFollowUp(ref, followUp, func(f *flows.FollowUp) {
		f.State, f.SentAt, f.MessageID = flows.FollowUpSent, h.clock().Add(time.Hour+5*time.Second), message.ID
		f.Log = []chat.LogEntry{{At: h.clock().Add(time.Hour), Check: "provider", Verdict: "accepted"}}
	})
	sent := h.done(200, "GET", "/api/followups/history", h.ours.viewer, nil).list()[0].(object)
	require.Equal(t, "SENT", sent["status"])
	require.Equal(t, "2026-07-10T14:00:05Z", sent["sentAt"])
	require.Equal(t, "wamid.HBg", sent["messageId"])

	told := h.done(200, "GET", "/api/followups/"+followUp+"/explain", h.ours.viewer, nil)
	require.Equal(t, "Enviado em 10/07/2026 14:00:05 UTC; a mensagem está entregue.", told.text("summary"))
	var checks []string
	for _, line := range told.data()["log"].([]any) {
		checks = append(checks, line.(object)["about"].(string)+" "+line.(object)["check"].(string))
	}
	require.Equal(t, []string{"followup plan", "message window", "followup provider"}, checks, "in order of time")
}

func TestTheSummarySaysWhyNot(t *testing.T) {
	at := start.Add(time.Hour)
	tests := map[string]struct {
		change func(*flows.FollowUp)
		want   string
	}{
		"replied": {func(f *flows.FollowUp) { f.State, f.CancelledAt = flows.Responded, at }, "Não foi enviado: o cliente respondeu antes, em 10/07/2026 14:00:00 UTC."},
		"cancelled": {func(f *flows.FollowUp) {
			f.State, f.CancelledAt, f.CancelReason = flows.FollowUpCancelled, at, "modelo removido"
		}, "Não foi enviado: cancelado em 10/07/2026 14:00:00 UTC (modelo removido)."},
		"failed": {func(f *flows.FollowUp) {
			f.State, f.FailedAt, f.ErrorCode = flows.FollowUpFailed, at, "outside_window"
			f.Log = []chat.LogEntry{{At: at, Check: "window", Verdict: "drop", Reason: "fora da janela de 24 horas"}}
		}, "Não foi enviado: falhou em 10/07/2026 14:00:00 UTC (fora da janela de 24 horas)."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h, ref, _, _, followUp := queued(t)
			require.Equal(t, "Ainda não foi enviado: está previsto para 10/07/2026 14:00:00 UTC.", h.done(200, "GET", "/api/followups/"+followUp+"/explain", h.ours.viewer, nil).text("summary"))
			h.settleFollowUp(ref, followUp, test.change)
			require.Equal(t, test.want, h.done(200, "GET", "/api/followups/"+followUp+"/explain", h.ours.viewer, nil).text("summary"))
		})
	}
}
