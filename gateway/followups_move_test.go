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

// enrolled is a contact whose run of a document was begun as a worker begins it; it gives the open follow-up.
func (h *house) enrolled(kind flows.DocumentKind, document string, ref desk.Ref, conversation string) string {
	h.t.Helper()
	found, err := h.store.Document(context.Background(), h.ours.id, kind, chat.Ref{ID: document})
	require.NoError(h.t, err)
	flow, err := h.options.Catalog.Compile(found)
	require.NoError(h.t, err)
	var open string
	_, err = h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		run := flows.Run{ID: chat.NewID(), TenantID: h.ours.id, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.ours.channel.ID}
		event := chat.Event{Name: chat.Enrol, At: d.Now, ReceivedAt: d.Now, Enrol: &chat.Enrolment{FlowID: document, Source: "api"}}
		world := flows.World{Contact: d.Contact, Conversation: d.Conversations[0], Channel: h.ours.channel, HasWindow: true, Zone: zone(h.t, "America/Sao_Paulo")}
		turn, err := flows.Begin(flow, run, flows.Input{Kind: flows.Start, Event: &event}, world, d.Now)
		if err != nil {
			return err
		}
		d.NoteTurn(turn)
		open = turn.Run.Open.ID
		return nil
	})
	require.NoError(h.t, err)
	return open
}

// movable is a house with a contact in a model of two messages.
func movable(t *testing.T) (h *house, ref desk.Ref, followUp string) {
	h = newHouse(t)
	ref = h.customerWrote(h.ours, "5511999999999")
	conversation := h.done(200, "GET", "/api/conversations", h.ours.viewer, nil).list()[0].(object)["id"].(string)
	model := h.done(201, "POST", "/api/followup-models", h.ours.admin, object{"name": "Orçamento", "channelId": h.ours.channel.ID,
		"messages": []object{{"text": "um", "offset": 600}, {"text": "dois", "offset": 60}}}).text("id")
	followUp = h.enrolled(flows.ModelDocument, model, ref, conversation)
	h.wakes.forget()
	return h, ref, followUp
}

func TestSendNowMakesItDueAndWakes(t *testing.T) {
	h, ref, followUp := movable(t)
	h.advance(time.Minute)
	moved := h.done(200, "POST", "/api/followups/"+followUp+"/send-now", h.ours.operator, nil)
	require.Equal(t, []any{followUp, "PENDING", "2026-07-10T13:01:00Z"}, []any{moved.text("id"), moved.text("status"), moved.text("scheduledFor")})
	require.Equal(t, []desk.Ref{ref}, h.wakes.contacts)
	require.Len(t, h.wakes.alarms, 1)
	require.Equal(t, start.Add(time.Minute), h.wakes.alarms[0].At)
	require.Equal(t, start.Add(time.Minute), h.runs(ref)[0].Wait.Until)
	require.Contains(t, h.done(200, "GET", "/api/followups/"+followUp+"/explain", h.ours.viewer, nil).text("summary"), "antecipado a pedido")
}

func TestSnoozeMovesItLater(t *testing.T) {
	h, ref, followUp := movable(t)
	path := "/api/followups/" + followUp + "/snooze"
	require.Equal(t, "2026-07-10T14:30:00Z", h.done(200, "POST", path, h.ours.operator, object{"minutes": 90}).text("scheduledFor"))
	require.Equal(t, "2027-07-10T13:00:00Z", h.done(200, "POST", path, h.ours.operator, object{"until": "2027-07-10T10:00:00-03:00"}).text("scheduledFor"))
	require.Equal(t, time.Date(2027, 7, 10, 13, 0, 0, 0, time.UTC), h.runs(ref)[0].Wait.Until)
	before := h.dump()
	for field, bodies := range map[string][]object{
		"until": {{}, {"until": nil}, {"until": "2026-07-10T13:00:00Z"}, {"until": "2020-01-01T00:00:00Z"}, {"until": "2027-07-10T13:00:01Z"},
			{"until": "amanhã"}, {"until": 5}, {"until": "2026-08-01T00:00:00Z", "minutes": 5}},
		"minutes": {{"minutes": 0}, {"minutes": -5}, {"minutes": "5"}, {"minutes": 1.5}, {"minutes": 527041}, {"minutes": 1e30}},
		"para":    {{"para": 5}},
	} {
		for _, body := range bodies {
			h.refused(400, "Erro de validação: "+field, "POST", path, h.ours.operator, body)
		}
	}
	require.Equal(t, "Erro de validação: until: informe until ou minutes", h.refused(400, "", "POST", path, h.ours.operator, object{}).body["error"])
	require.Equal(t, before, h.dump())
}

func TestSkipGoesOnToTheNextStep(t *testing.T) {
	h, ref, followUp := movable(t)
	skipped := h.done(200, "POST", "/api/followups/"+followUp+"/skip", h.ours.operator, nil)
	require.Equal(t, []any{"CANCELLED", "pulado", "2026-07-10T13:00:00Z"}, []any{skipped.text("status"), skipped.text("cancelReason"), skipped.text("cancelledAt")})
	queue := h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list()
	require.Len(t, queue, 1)
	require.Equal(t, "2026-07-10T14:00:00Z", queue[0].(object)["scheduledFor"], "counted from now")
	next := queue[0].(object)["id"].(string)
	h.done(200, "POST", "/api/followups/"+next+"/skip", h.ours.operator, nil)
	require.Empty(t, h.runs(ref), "the last step ends the run")
	require.Empty(t, h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list())
}

// A step that acts at once is carried out by a worker; until then the follow-up is as it was.
func TestSkippingOverAStepThatActsIsLeftToAWorker(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999999999")
	conversation := h.done(200, "GET", "/api/conversations", h.ours.viewer, nil).list()[0].(object)["id"].(string)
	flow := h.done(201, "POST", "/api/flows", h.ours.admin, object{"definition": object{"name": "Passos", "nodes": []object{
		{"id": "inicio", "type": "trigger", "with": object{"event": "enrol"}, "next": "espera"},
		{"id": "espera", "type": "followup", "with": object{"offsetMinutes": 60, "text": "oi"}, "next": "agora"},
		{"id": "agora", "type": "send_message", "with": object{"text": "até logo"}},
	}}}).text("id")
	followUp := h.enrolled(flows.FlowDocument, flow, ref, conversation)
	found := h.done(202, "POST", "/api/followups/"+followUp+"/skip", h.ours.operator, nil)
	require.Equal(t, "PENDING", found.text("status"))
	mail := h.mail(h.ours, ref.ContactID)
	require.Len(t, mail, 1)
	require.Equal(t, chat.FollowUpSkipped, mail[0].Name)
	require.Equal(t, followUp, mail[0].Data["followUpId"])
	h.refused(400, "event", "POST", "/api/events", h.ours.operator, object{"event": "followup.skipped", "contactId": ref.ContactID})
}

// asked lets the open follow-up's send be asked for, and its message stand in the outbox in some state.
func (h *house) asked(ref desk.Ref, state desk.ItemState) string {
	h.t.Helper()
	id := chat.NewID()
	_, err := h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
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
	require.NoError(h.t, err)
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
			h.done(200, "POST", "/api/followups/"+followUp+"/"+how, h.ours.operator, body)
			require.Empty(t, h.outbox(h.ours, ref.ContactID))
			found, err := h.store.Message(context.Background(), h.ours.id, message)
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
		before := h.dump()
		for how, body := range map[string]any{"send-now": nil, "skip": nil, "snooze": object{"minutes": 5}} {
			require.Equal(t, text, h.refused(409, "", "POST", "/api/followups/"+followUp+"/"+how, h.ours.operator, body).body["error"])
		}
		require.Equal(t, before, h.dump())
	}
}

func TestWhatHasEndedCannotBeMoved(t *testing.T) {
	for state, text := range map[flows.FollowUpState]string{
		flows.FollowUpSent: "Follow-up já enviado", flows.FollowUpCancelled: "Follow-up já cancelado", flows.Responded: "Follow-up já cancelado",
		flows.FollowUpFailed: "o envio falhou",
	} {
		h, ref, followUp := movable(t)
		h.settleFollowUp(ref, followUp, func(f *flows.FollowUp) { f.State = state })
		for _, how := range []string{"send-now", "skip"} {
			h.refused(409, text, "POST", "/api/followups/"+followUp+"/"+how, h.ours.operator, nil)
		}
		h.refused(409, text, "POST", "/api/followups/"+followUp+"/snooze", h.ours.operator, object{"minutes": 5})
	}
	h := newHouse(t)
	for _, id := range []string{chat.NewID(), "x", "7"} {
		h.refused(404, "Follow-up não encontrado", "POST", "/api/followups/"+id+"/send-now", h.ours.operator, nil)
		h.refused(404, "Follow-up não encontrado", "POST", "/api/followups/"+id+"/snooze", h.ours.operator, object{"minutes": 5})
	}
	h.refused(403, "", "POST", "/api/followups/"+chat.NewID()+"/skip", h.ours.viewer, nil)
}

// A rule that is rewritten meanwhile: the run follows its author.
func TestSkippingFollowsTheNewestVersion(t *testing.T) {
	h, _, rule, conversation := plannable(t)
	ref := desk.Ref{TenantID: h.ours.id, ContactID: h.done(200, "GET", "/api/conversations", h.ours.viewer, nil).list()[0].(object)["contactId"].(string)}
	followUp := h.enrolled(flows.RuleDocument, rule, ref, conversation)
	h.done(200, "PUT", "/api/followups/rules/"+rule, h.ours.admin, object{"maxAttempts": 1})
	h.done(200, "POST", "/api/followups/"+followUp+"/skip", h.ours.operator, nil)
	require.Empty(t, h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list())
	for _, run := range h.runs(ref) {
		require.NotContains(t, run.Visited, "attempt-2")
	}
}
