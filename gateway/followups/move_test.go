package followups_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// movable is a house with a contact in a model of two messages.
func movable(t *testing.T) (h *house, ref desk.Ref, followUp string) {
	h = newHouse(t)
	ref = h.CustomerWrote(h.Ours, "5511999999999")
	conversation := h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	model := h.Done(201, "POST", "/api/followup-models", h.Ours.Admin, object{"name": "Orçamento", "channelId": h.Ours.Channel.ID,
		"messages": []object{{"text": "um", "offset": 600}, {"text": "dois", "offset": 60}}}).Text("id")
	followUp = h.Enrolled(flows.ModelDocument, model, ref, conversation)
	h.Wakes.Forget()
	return h, ref, followUp
}

func TestSendNowMakesItDueAndWakes(t *testing.T) {
	h, ref, followUp := movable(t)
	h.Advance(time.Minute)
	moved := h.Done(200, "POST", "/api/followups/"+followUp+"/send-now", h.Ours.Operator, nil)
	require.Equal(t, []any{followUp, "PENDING", "2026-07-10T13:01:00Z"}, []any{moved.Text("id"), moved.Text("status"), moved.Text("scheduledFor")})
	require.Equal(t, []desk.Ref{ref}, h.Wakes.Contacts)
	require.Len(t, h.Wakes.Alarms, 1)
	require.Equal(t, gatewaytest.Start.Add(time.Minute), h.Wakes.Alarms[0].At)
	require.Equal(t, gatewaytest.Start.Add(time.Minute), h.runs(ref)[0].Wait.Until)
	require.Contains(t, h.Done(200, "GET", "/api/followups/"+followUp+"/explain", h.Ours.Viewer, nil).Text("summary"), "antecipado a pedido")
}

func TestSnoozeMovesItLater(t *testing.T) {
	h, ref, followUp := movable(t)
	path := "/api/followups/" + followUp + "/snooze"
	require.Equal(t, "2026-07-10T14:30:00Z", h.Done(200, "POST", path, h.Ours.Operator, object{"minutes": 90}).Text("scheduledFor"))
	require.Equal(t, "2027-07-10T13:00:00Z", h.Done(200, "POST", path, h.Ours.Operator, object{"until": "2027-07-10T10:00:00-03:00"}).Text("scheduledFor"))
	require.Equal(t, time.Date(2027, 7, 10, 13, 0, 0, 0, time.UTC), h.runs(ref)[0].Wait.Until)
	before := h.Dump()
	for field, bodies := range map[string][]object{
		"until": {{}, {"until": nil}, {"until": "2026-07-10T13:00:00Z"}, {"until": "2020-01-01T00:00:00Z"}, {"until": "2027-07-10T13:00:01Z"},
			{"until": "amanhã"}, {"until": 5}, {"until": "2026-08-01T00:00:00Z", "minutes": 5}},
		"minutes": {{"minutes": 0}, {"minutes": -5}, {"minutes": "5"}, {"minutes": 1.5}, {"minutes": 527041}, {"minutes": 1e30}},
		"para":    {{"para": 5}},
	} {
		for _, body := range bodies {
			h.Refused(400, "Erro de validação: "+field, "POST", path, h.Ours.Operator, body)
		}
	}
	require.Equal(t, "Erro de validação: until: informe until ou minutes", h.Refused(400, "", "POST", path, h.Ours.Operator, object{}).Body["error"])
	require.Equal(t, before, h.Dump())
}

func TestSkipGoesOnToTheNextStep(t *testing.T) {
	h, ref, followUp := movable(t)
	skipped := h.Done(200, "POST", "/api/followups/"+followUp+"/skip", h.Ours.Operator, nil)
	require.Equal(t, []any{"CANCELLED", "pulado", "2026-07-10T13:00:00Z"}, []any{skipped.Text("status"), skipped.Text("cancelReason"), skipped.Text("cancelledAt")})
	queue := h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()
	require.Len(t, queue, 1)
	require.Equal(t, "2026-07-10T14:00:00Z", queue[0].(object)["scheduledFor"], "counted from now")
	next := queue[0].(object)["id"].(string)
	h.Done(200, "POST", "/api/followups/"+next+"/skip", h.Ours.Operator, nil)
	require.Empty(t, h.runs(ref), "the last step ends the run")
	require.Empty(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List())
}

// A step that acts at once is carried out by a worker; until then the follow-up is as it was.
func TestSkippingOverAStepThatActsIsLeftToAWorker(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999999999")
	conversation := h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	flow := h.Done(201, "POST", "/api/flows", h.Ours.Admin, object{"definition": object{"name": "Passos", "nodes": []object{
		{"id": "inicio", "type": "trigger", "with": object{"event": "enrol"}, "next": "espera"},
		{"id": "espera", "type": "followup", "with": object{"offsetMinutes": 60, "text": "oi"}, "next": "agora"},
		{"id": "agora", "type": "send_message", "with": object{"text": "até logo"}},
	}}}).Text("id")
	followUp := h.Enrolled(flows.FlowDocument, flow, ref, conversation)
	found := h.Done(202, "POST", "/api/followups/"+followUp+"/skip", h.Ours.Operator, nil)
	require.Equal(t, "PENDING", found.Text("status"))
	mail := h.Mail(h.Ours, ref.ContactID)
	require.Len(t, mail, 1)
	require.Equal(t, chat.FollowUpSkipped, mail[0].Name)
	require.Equal(t, followUp, mail[0].Data["followUpId"])
	h.Refused(400, "event", "POST", "/api/events", h.Ours.Operator, object{"event": "followup.skipped", "contactId": ref.ContactID})
}

// asked lets the open follow-up's send be asked for, and its message stand in the outbox in some state.
func (h *house) asked(ref desk.Ref, state desk.ItemState) string {
	h.T.Helper()
	id := chat.NewID()
	_, err := h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		run := d.Runs[0]
		open := *run.Open
		open.MessageID, run.Open = id, &open
		run.Wait = flows.Wait{Action: id, Token: run.Wait.Token + 1}
		d.SaveRun(run)
		d.SaveFollowUps([]flows.FollowUp{open})
		message := chat.Message{ID: id, TenantID: run.TenantID, ContactID: run.ContactID, ConversationID: run.ConversationID, ChannelID: run.ChannelID,
			Direction: chat.Outbound, Origin: chat.FromFollowUp, State: chat.Queued, RunID: run.ID, FollowUpID: open.ID,
			Content: chat.Content{Type: chat.Text, Text: "um"}, CreatedAt: d.Now}
		d.Queue(desk.Item{ID: id, OrderingKey: run.ID, Action: "send_message", State: state, DueAt: d.Now, Waits: true, Message: message})
		return nil
	})
	require.NoError(h.T, err)
	return id
}

func TestWhatWaitsInTheOutboxIsTakenBack(t *testing.T) {
	for _, how := range []string{"snooze", "skip", "send-now"} {
		t.Run(how, func(t *testing.T) {
			h, ref, followUp := movable(t)
			message := h.asked(ref, desk.ItemPending)
			var body any
			if how == "snooze" {
				body = object{"minutes": 60}
			}
			h.Done(200, "POST", "/api/followups/"+followUp+"/"+how, h.Ours.Operator, body)
			require.Empty(t, h.Outbox(h.Ours, ref.ContactID))
			found, err := h.Store.Message(context.Background(), h.Ours.ID, message)
			require.NoError(t, err)
			require.Equal(t, chat.Cancelled, found.State)
			require.Empty(t, h.runs(ref)[0].Wait.Action)
		})
	}
}

func TestWhatWasClaimedCannotBeMoved(t *testing.T) {
	for _, state := range []desk.ItemState{desk.ItemSending, desk.ItemUnconfirmed} {
		h, ref, followUp := movable(t)
		message := h.asked(ref, state)
		text := "Follow-up já enviado"
		if state == desk.ItemUnconfirmed {
			text = "Não se sabe se o follow-up foi enviado: decida com POST /api/messages/" + message + "/resolve"
		}
		before := h.Dump()
		for how, body := range map[string]any{"send-now": nil, "skip": nil, "snooze": object{"minutes": 5}} {
			require.Equal(t, text, h.Refused(409, "", "POST", "/api/followups/"+followUp+"/"+how, h.Ours.Operator, body).Body["error"])
		}
		require.Equal(t, before, h.Dump())
	}
}

func TestWhatHasEndedCannotBeMoved(t *testing.T) {
	for state, text := range map[flows.FollowUpState]string{
		flows.FollowUpSent: "Follow-up já enviado", flows.FollowUpCancelled: "Follow-up já cancelado", flows.Responded: "Follow-up já cancelado",
		flows.FollowUpFailed: "o envio falhou",
	} {
		h, ref, followUp := movable(t)
		h.SettleFollowUp(ref, followUp, func(f *flows.FollowUp) { f.State = state })
		for _, how := range []string{"send-now", "skip"} {
			h.Refused(409, text, "POST", "/api/followups/"+followUp+"/"+how, h.Ours.Operator, nil)
		}
		h.Refused(409, text, "POST", "/api/followups/"+followUp+"/snooze", h.Ours.Operator, object{"minutes": 5})
	}
	h := newHouse(t)
	for _, id := range []string{chat.NewID(), "x", "7"} {
		h.Refused(404, "Follow-up não encontrado", "POST", "/api/followups/"+id+"/send-now", h.Ours.Operator, nil)
		h.Refused(404, "Follow-up não encontrado", "POST", "/api/followups/"+id+"/snooze", h.Ours.Operator, object{"minutes": 5})
	}
	h.Refused(403, "", "POST", "/api/followups/"+chat.NewID()+"/skip", h.Ours.Viewer, nil)
}

// A rule that is rewritten meanwhile: the run follows its author.
func TestSkippingFollowsTheNewestVersion(t *testing.T) {
	h, _, rule, conversation := plannable(t)
	ref := desk.Ref{TenantID: h.Ours.ID, ContactID: h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["contactId"].(string)}
	followUp := h.Enrolled(flows.RuleDocument, rule, ref, conversation)
	h.Done(200, "PUT", "/api/followups/rules/"+rule, h.Ours.Admin, object{"maxAttempts": 1})
	h.Done(200, "POST", "/api/followups/"+followUp+"/skip", h.Ours.Operator, nil)
	require.Empty(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List())
	for _, run := range h.runs(ref) {
		require.NotContains(t, run.Visited, "attempt-2")
	}
}
