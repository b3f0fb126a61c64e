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

// plannable is a house with a rule that asks for nothing and a conversation.
func plannable(t *testing.T) (h *house, ref desk.Ref, rule, conversation string) {
	h = newHouse(t)
	rule = h.Rule(h.Ours, object{"conditions": nil}).Text("id")
	ref = h.CustomerWrote(h.Ours, "5511999999999")
	conversation = h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	return h, ref, rule, conversation
}

// runs are the contact's runs that wait.
func (h *house) runs(ref desk.Ref) []flows.Run {
	h.T.Helper()
	worked, err := h.Store.Work(context.Background(), ref, nil, func(context.Context, *desk.Desk) error { return nil })
	require.NoError(h.T, err)
	return worked.Desk.Runs
}

func TestSchedulingBeginsARunOfOneAttempt(t *testing.T) {
	h, ref, rule, conversation := plannable(t)
	h.Wakes.Forget()
	made := h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, object{
		"ruleId": rule, "conversationId": conversation, "contactId": ref.ContactID, "scheduledFor": "2026-07-10T13:30:00Z",
	})
	require.Len(t, h.Wakes.Alarms, 1, "it is due within the horizon")
	require.Equal(t, made.Text("id"), h.Wakes.Alarms[0].FollowUpID)
	require.Equal(t, ref, h.Wakes.Alarms[0].Ref)
	require.Equal(t, gatewaytest.Start.Add(30*time.Minute), h.Wakes.Alarms[0].At)
	runs := h.runs(ref)
	require.Len(t, runs, 1)
	require.True(t, runs[0].Only, "one attempt")
	require.False(t, runs[0].Testing(), "conditions and sending hours hold")
	require.Equal(t, runs[0].Wait.Token, h.Wakes.Alarms[0].Token)
	queue := h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List()
	require.Len(t, queue, 1)
	require.Equal(t, object{"id": rule, "name": "Reengajamento 24h"}, queue[0].(object)["rule"])
	require.Equal(t, "planned", h.Done(200, "GET", "/api/followups/"+made.Text("id")+"/explain", h.Ours.Viewer, nil).Data()["log"].([]any)[0].(object)["verdict"])
}

func TestSchedulingTakesNumbersInactiveRulesAndFarTimes(t *testing.T) {
	h, ref, rule, _ := plannable(t)
	h.Done(200, "POST", "/api/followups/rules/"+rule+"/toggle", h.Ours.Admin, nil)
	h.Wakes.Forget()
	made := h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, object{"ruleId": 1, "conversationId": "1", "contactId": 1, "scheduledFor": "2027-07-10T10:00:00-03:00"})
	require.Equal(t, "2027-07-10T13:00:00Z", made.Text("scheduledFor"))
	require.Empty(t, h.Wakes.Alarms, "it is armed when it enters the horizon")
	again := h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, object{"ruleId": rule, "conversationId": 1, "scheduledFor": "2026-07-10T13:00:00.5Z"})
	require.Equal(t, "2026-07-10T13:00:00.5Z", again.Text("scheduledFor"))
	require.Len(t, h.runs(ref), 2)
	model := h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, object{"ruleId": h.Model(h.Ours).Text("id"), "conversationId": 1, "scheduledFor": "2026-07-12T13:00:00Z"})
	require.Equal(t, "2026-07-12T13:00:00Z", model.Text("scheduledFor"), "the first message of a model, at this time and not at its own")
}

func TestSchedulingKeepsSendingHours(t *testing.T) {
	h, _, rule, conversation := plannable(t)
	h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"sendingHours": object{"weekdays": []string{"mon", "tue", "wed", "thu", "fri"}, "from": "08:00", "to": "18:00"}})
	made := h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-11T13:00:00Z"})
	require.Equal(t, "2026-07-13T11:00:00Z", made.Text("scheduledFor"), "Monday, 8:00 in São Paulo")
}

func TestSchedulingOnceForOneKey(t *testing.T) {
	h, ref, rule, conversation := plannable(t)
	body := object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
	first := h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, body, "Idempotency-Key", "k1")
	require.Equal(t, first.Raw, h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, body, "Idempotency-Key", "k1").Raw)
	require.Len(t, h.runs(ref), 1)
}

func TestSchedulingRefuses(t *testing.T) {
	h, _, rule, conversation := plannable(t)
	stranger := h.CustomerWrote(h.Ours, "5511988887777")
	their := h.CustomerWrote(h.Theirs, "5511977776666")
	theirs, err := h.Store.ConversationOn(context.Background(), h.Theirs.ID, their.ContactID, h.Theirs.Channel.ID)
	require.NoError(t, err)
	other := h.Channel(h.Ours.ID, "333", "+5511300003333")
	elsewhere := h.Rule(h.Ours, object{"conditions": nil, "instanceId": other.ID}).Text("id")
	picky := h.Rule(h.Ours, nil).Text("id")
	good := func(changes object) object {
		body := object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
		for name, value := range changes {
			body[name] = value
		}
		return body
	}
	before := h.Dump()
	for name, changes := range map[string]object{
		"past":            {"scheduledFor": "2026-07-10T12:59:59Z"},
		"now":             {"scheduledFor": "2026-07-10T13:00:00Z"},
		"too far":         {"scheduledFor": "2027-07-10T13:00:01Z"},
		"year 9999":       {"scheduledFor": "9999-12-31T00:00:00Z"},
		"a date":          {"scheduledFor": "2026-07-12"},
		"no zone":         {"scheduledFor": "2026-07-12T13:00:00"},
		"words":           {"scheduledFor": "amanhã"},
		"no conversation": {"conversationId": chat.NewID()},
		"number 99":       {"conversationId": 99},
		"their own":       {"conversationId": theirs.ID},
		"no reference":    {"conversationId": "x"},
		"other contact":   {"contactId": stranger.ContactID},
		"their contact":   {"contactId": their.ContactID},
		"no contact":      {"contactId": chat.NewID()},
		"bad contact":     {"contactId": "x"},
		"other channel":   {"ruleId": elsewhere},
		"conditions":      {"ruleId": picky},
	} {
		t.Run(name, func(t *testing.T) {
			found := h.Call("POST", gatewaytest.SchedulePath, h.Ours.Operator, good(changes))
			require.Equal(t, 400, found.Status, found.Raw)
			require.Equal(t, "Erro ao agendar follow-up", found.Body["error"])
			problem := found.Body["problems"].([]any)[0].(object)
			require.Equal(t, found.Body["field"], problem["field"])
			for field := range changes {
				if name != "other channel" {
					require.Equal(t, field, problem["field"])
				}
			}
			require.NotEmpty(t, problem["error"])
		})
	}
	for _, missing := range []string{"ruleId", "conversationId", "scheduledFor"} {
		h.Refused(400, "Erro de validação: "+missing+": Required", "POST", gatewaytest.SchedulePath, h.Ours.Operator, gatewaytest.Without(good(nil), missing))
		h.Refused(400, "Erro de validação: "+missing+": Required", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(object{missing: nil}))
	}
	for _, empty := range []string{"ruleId", "conversationId", "scheduledFor"} {
		h.Refused(400, "Erro de validação: "+empty+": Required", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(object{empty: ""}))
	}
	h.Refused(400, "Erro de validação: scheduledFor", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(object{"scheduledFor": 1}))
	h.Refused(400, "Erro de validação: quando: campo desconhecido", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(object{"quando": 1}))
	for _, unknown := range []any{chat.NewID(), "x", 99, -1} {
		found := h.Refused(404, "", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(object{"ruleId": unknown}))
		require.Equal(t, []any{"Regra não encontrada", "ruleId"}, []any{found.Body["error"], found.Body["field"]})
	}
	for _, strange := range []any{true, object{}, []any{}} {
		h.Refused(400, "Erro de validação: ruleId", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(object{"ruleId": strange}))
	}
	h.Refused(403, "", "POST", gatewaytest.SchedulePath, h.Ours.Viewer, good(nil))
	h.Refused(401, "", "POST", gatewaytest.SchedulePath, "", good(nil))
	require.Equal(t, before, h.Dump(), "nothing was written")
	h.Done(200, "DELETE", "/api/followups/rules/"+rule, h.Ours.Admin, nil)
	h.Refused(404, "Regra não encontrada", "POST", gatewaytest.SchedulePath, h.Ours.Operator, good(nil))
}

func TestSchedulingJudgesConditionsByTheContact(t *testing.T) {
	h, ref, _, conversation := plannable(t)
	picky := h.Rule(h.Ours, nil).Text("id")
	body := object{"ruleId": picky, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
	refused := h.Refused(400, "Erro ao agendar follow-up", "POST", gatewaytest.SchedulePath, h.Ours.Operator, body)
	require.Equal(t, "o contato não atende às condições da regra", refused.Body["problems"].([]any)[0].(object)["error"])
	h.Done(200, "PATCH", "/api/contacts/"+ref.ContactID, h.Ours.Operator, object{"stage": "Negociação"})
	h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, body)
	h.Done(200, "PATCH", "/api/contacts/"+ref.ContactID, h.Ours.Operator, object{"tags": []string{"Não Incomodar"}})
	h.Refused(400, "Erro ao agendar follow-up", "POST", gatewaytest.SchedulePath, h.Ours.Operator, body)
}

func TestSchedulingLeavesAloneWhoWantsNoMessages(t *testing.T) {
	h, ref, rule, conversation := plannable(t)
	body := object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
	h.Done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-out", h.Ours.Operator, nil)
	before := h.Dump()
	refused := h.Refused(400, "Erro ao agendar follow-up", "POST", gatewaytest.SchedulePath, h.Ours.Operator, body)
	require.Equal(t, []any{object{"field": "conversationId", "error": "o contato pediu para não receber mensagens"}}, refused.Body["problems"])
	require.Equal(t, before, h.Dump())
	h.Done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-in", h.Ours.Operator, nil)
	h.Done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-out", h.Ours.Operator, object{"scope": "marketing"})
	h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, body)
	h.Done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-in", h.Ours.Operator, nil)
	h.Done(201, "POST", gatewaytest.SchedulePath, h.Ours.Operator, body)
}
