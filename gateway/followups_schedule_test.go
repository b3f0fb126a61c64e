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

const schedulePath = "/api/followups/schedule"

// plannable is a house with a rule that asks for nothing and a conversation.
func plannable(t *testing.T) (h *house, ref desk.Ref, rule, conversation string) {
	h = newHouse(t)
	rule = h.rule(h.ours, object{"conditions": nil}).text("id")
	ref = h.customerWrote(h.ours, "5511999999999")
	conversation = h.done(200, "GET", "/api/conversations", h.ours.viewer, nil).list()[0].(object)["id"].(string)
	return h, ref, rule, conversation
}

// runs are the contact's runs that wait.
func (h *house) runs(ref desk.Ref) []flows.Run {
	h.t.Helper()
	worked, err := h.store.Work(context.Background(), ref, nil, func(context.Context, *desk.Desk) error { return nil })
	require.NoError(h.t, err)
	return worked.Desk.Runs
}

func TestSchedulingBeginsARunOfOneAttempt(t *testing.T) {
	h, ref, rule, conversation := plannable(t)
	h.wakes.forget()
	made := h.done(201, "POST", schedulePath, h.ours.operator, object{
		"ruleId": rule, "conversationId": conversation, "contactId": ref.ContactID, "scheduledFor": "2026-07-10T13:30:00Z",
	})
	require.Len(t, h.wakes.alarms, 1, "it is due within the horizon")
	require.Equal(t, made.text("id"), h.wakes.alarms[0].FollowUpID)
	require.Equal(t, ref, h.wakes.alarms[0].Ref)
	require.Equal(t, start.Add(30*time.Minute), h.wakes.alarms[0].At)
	runs := h.runs(ref)
	require.Len(t, runs, 1)
	require.True(t, runs[0].Only, "one attempt")
	require.False(t, runs[0].Testing(), "conditions and sending hours hold")
	require.Equal(t, runs[0].Wait.Token, h.wakes.alarms[0].Token)
	queue := h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list()
	require.Len(t, queue, 1)
	require.Equal(t, object{"id": rule, "name": "Reengajamento 24h"}, queue[0].(object)["rule"])
	require.Equal(t, "planned", h.done(200, "GET", "/api/followups/"+made.text("id")+"/explain", h.ours.viewer, nil).data()["log"].([]any)[0].(object)["verdict"])
}

func TestSchedulingTakesNumbersInactiveRulesAndFarTimes(t *testing.T) {
	h, ref, rule, _ := plannable(t)
	h.done(200, "POST", "/api/followups/rules/"+rule+"/toggle", h.ours.admin, nil)
	h.wakes.forget()
	made := h.done(201, "POST", schedulePath, h.ours.operator, object{"ruleId": 1, "conversationId": "1", "contactId": 1, "scheduledFor": "2027-07-10T10:00:00-03:00"})
	require.Equal(t, "2027-07-10T13:00:00Z", made.text("scheduledFor"))
	require.Empty(t, h.wakes.alarms, "it is armed when it enters the horizon")
	again := h.done(201, "POST", schedulePath, h.ours.operator, object{"ruleId": rule, "conversationId": 1, "scheduledFor": "2026-07-10T13:00:00.5Z"})
	require.Equal(t, "2026-07-10T13:00:00.5Z", again.text("scheduledFor"))
	require.Len(t, h.runs(ref), 2)
	model := h.done(201, "POST", schedulePath, h.ours.operator, object{"ruleId": h.model(h.ours).text("id"), "conversationId": 1, "scheduledFor": "2026-07-12T13:00:00Z"})
	require.Equal(t, "2026-07-12T13:00:00Z", model.text("scheduledFor"), "the first message of a model, at this time and not at its own")
}

func TestSchedulingKeepsSendingHours(t *testing.T) {
	h, _, rule, conversation := plannable(t)
	h.done(200, "PUT", "/api/settings", h.ours.admin, object{"sendingHours": object{"weekdays": []string{"mon", "tue", "wed", "thu", "fri"}, "from": "08:00", "to": "18:00"}})
	made := h.done(201, "POST", schedulePath, h.ours.operator, object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-11T13:00:00Z"})
	require.Equal(t, "2026-07-13T11:00:00Z", made.text("scheduledFor"), "Monday, 8:00 in São Paulo")
}

func TestSchedulingOnceForOneKey(t *testing.T) {
	h, ref, rule, conversation := plannable(t)
	body := object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
	first := h.done(201, "POST", schedulePath, h.ours.operator, body, "Idempotency-Key", "k1")
	require.Equal(t, first.raw, h.done(201, "POST", schedulePath, h.ours.operator, body, "Idempotency-Key", "k1").raw)
	require.Len(t, h.runs(ref), 1)
}

func TestSchedulingRefuses(t *testing.T) {
	h, _, rule, conversation := plannable(t)
	stranger := h.customerWrote(h.ours, "5511988887777")
	their := h.customerWrote(h.theirs, "5511977776666")
	theirs, err := h.store.ConversationOn(context.Background(), h.theirs.id, their.ContactID, h.theirs.channel.ID)
	require.NoError(t, err)
	other := h.channel(h.ours.id, "333", "+5511300003333")
	elsewhere := h.rule(h.ours, object{"conditions": nil, "instanceId": other.ID}).text("id")
	picky := h.rule(h.ours, nil).text("id")
	good := func(changes object) object {
		body := object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
		for name, value := range changes {
			body[name] = value
		}
		return body
	}
	before := h.dump()
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
			found := h.call("POST", schedulePath, h.ours.operator, good(changes))
			require.Equal(t, 400, found.status, found.raw)
			require.Equal(t, "Erro ao agendar follow-up", found.body["error"])
			problem := found.body["problems"].([]any)[0].(object)
			require.Equal(t, found.body["field"], problem["field"])
			for field := range changes {
				if name != "other channel" {
					require.Equal(t, field, problem["field"])
				}
			}
			require.NotEmpty(t, problem["error"])
		})
	}
	for _, missing := range []string{"ruleId", "conversationId", "scheduledFor"} {
		h.refused(400, "Erro de validação: "+missing+": Required", "POST", schedulePath, h.ours.operator, without(good(nil), missing))
		h.refused(400, "Erro de validação: "+missing+": Required", "POST", schedulePath, h.ours.operator, good(object{missing: nil}))
	}
	for _, empty := range []string{"ruleId", "conversationId", "scheduledFor"} {
		h.refused(400, "Erro de validação: "+empty+": Required", "POST", schedulePath, h.ours.operator, good(object{empty: ""}))
	}
	h.refused(400, "Erro de validação: scheduledFor", "POST", schedulePath, h.ours.operator, good(object{"scheduledFor": 1}))
	h.refused(400, "Erro de validação: quando: campo desconhecido", "POST", schedulePath, h.ours.operator, good(object{"quando": 1}))
	for _, unknown := range []any{chat.NewID(), "x", 99, -1} {
		found := h.refused(404, "", "POST", schedulePath, h.ours.operator, good(object{"ruleId": unknown}))
		require.Equal(t, []any{"Regra não encontrada", "ruleId"}, []any{found.body["error"], found.body["field"]})
	}
	for _, strange := range []any{true, object{}, []any{}} {
		h.refused(400, "Erro de validação: ruleId", "POST", schedulePath, h.ours.operator, good(object{"ruleId": strange}))
	}
	h.refused(403, "", "POST", schedulePath, h.ours.viewer, good(nil))
	h.refused(401, "", "POST", schedulePath, "", good(nil))
	require.Equal(t, before, h.dump(), "nothing was written")
	h.done(200, "DELETE", "/api/followups/rules/"+rule, h.ours.admin, nil)
	h.refused(404, "Regra não encontrada", "POST", schedulePath, h.ours.operator, good(nil))
}

func TestSchedulingJudgesConditionsByTheContact(t *testing.T) {
	h, ref, _, conversation := plannable(t)
	picky := h.rule(h.ours, nil).text("id")
	body := object{"ruleId": picky, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
	refused := h.refused(400, "Erro ao agendar follow-up", "POST", schedulePath, h.ours.operator, body)
	require.Equal(t, "o contato não atende às condições da regra", refused.body["problems"].([]any)[0].(object)["error"])
	h.done(200, "PATCH", "/api/contacts/"+ref.ContactID, h.ours.operator, object{"stage": "Negociação"})
	h.done(201, "POST", schedulePath, h.ours.operator, body)
	h.done(200, "PATCH", "/api/contacts/"+ref.ContactID, h.ours.operator, object{"tags": []string{"Não Incomodar"}})
	h.refused(400, "Erro ao agendar follow-up", "POST", schedulePath, h.ours.operator, body)
}

func TestSchedulingLeavesAloneWhoWantsNoMessages(t *testing.T) {
	h, ref, rule, conversation := plannable(t)
	body := object{"ruleId": rule, "conversationId": conversation, "scheduledFor": "2026-07-12T13:00:00Z"}
	h.done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-out", h.ours.operator, nil)
	before := h.dump()
	refused := h.refused(400, "Erro ao agendar follow-up", "POST", schedulePath, h.ours.operator, body)
	require.Equal(t, []any{object{"field": "conversationId", "error": "o contato pediu para não receber mensagens"}}, refused.body["problems"])
	require.Equal(t, before, h.dump())
	h.done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-in", h.ours.operator, nil)
	h.done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-out", h.ours.operator, object{"scope": "marketing"})
	h.done(201, "POST", schedulePath, h.ours.operator, body)
	h.done(200, "POST", "/api/contacts/"+ref.ContactID+"/opt-in", h.ours.operator, nil)
	h.done(201, "POST", schedulePath, h.ours.operator, body)
}
