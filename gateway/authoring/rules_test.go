package authoring_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

func TestARuleIsShownAsTheContractSays(t *testing.T) {
	h := newHouse(t)
	made := h.Rule(h.Ours, nil)
	want := object{
		"id": made.Text("id"), "number": 1.0, "name": "Reengajamento 24h", "triggerType": "NO_RESPONSE", "triggerValue": 24.0, "triggerUnit": "hours",
		"message": "Olá! Notei que não tivemos retorno. Posso ajudar com algo?", "isActive": true, "maxAttempts": 3.0, "keepInWindow": false,
		"conditions": object{"excludeTags": []any{"Não Incomodar"}, "includeFunnelStages": []any{"Qualificação", "Negociação"}},
		"instance":   object{"id": h.Ours.Channel.ID, "instanceName": "Vendas"}, "createdAt": "2026-07-10T13:00:00Z", "updatedAt": "2026-07-10T13:00:00Z",
	}
	warnings := made.Data()["warnings"].([]any)
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], "tentativa 1 em diante")
	require.Equal(t, true, made.Body["success"])
	shown := maps.Clone(made.Data())
	delete(shown, "warnings")
	require.Equal(t, want, shown)
	for _, id := range []string{made.Text("id"), "1"} {
		require.Equal(t, want, h.Done(200, "GET", gatewaytest.RulesPath+"/"+id, h.Ours.Viewer, nil).Data())
	}
	want["stats"] = object{"sent": 0.0, "pending": 0.0, "cancelled": 0.0}
	require.Equal(t, []any{want}, h.Done(200, "GET", gatewaytest.RulesPath, h.Ours.Viewer, nil).List())
}

func TestWhatARuleMayLeaveOut(t *testing.T) {
	h := newHouse(t)
	body := object{"name": "Mínima", "triggerType": "CUSTOM", "triggerValue": 1.5, "triggerUnit": "hours", "message": "Oi"}
	made := h.Done(201, "POST", gatewaytest.RulesPath, h.Ours.Admin, body)
	require.Equal(t, true, made.Data()["isActive"])
	require.Equal(t, 1.0, made.Data()["maxAttempts"])
	require.Equal(t, 1.5, made.Data()["triggerValue"])
	require.Nil(t, made.Data()["instance"])
	require.Nil(t, made.Data()["conditions"])
	require.NotContains(t, made.Data(), "warnings")
	null := object{"name": "Nula", "instanceId": nil, "triggerType": "CUSTOM", "triggerValue": 1, "triggerUnit": "hours", "message": "Oi", "isActive": nil, "maxAttempts": nil, "conditions": nil}
	require.Equal(t, true, h.Done(201, "POST", gatewaytest.RulesPath, h.Ours.Admin, null).Data()["isActive"])
	whole := object{"name": "Com tudo", "triggerType": "TAG_ADDED", "triggerValue": 2, "triggerUnit": "days", "keepInWindow": true,
		"attachment": object{"url": "https://exemplo.com/a.pdf"}, "template": object{"name": "lembrete", "variables": []string{"{{contact.name}}", "hoje"}},
		"conditions": object{"includeTags": []string{"VIP"}, "expr": "contact.status != \"cliente\""}}
	require.Empty(t, h.Done(201, "POST", gatewaytest.RulesPath, h.Ours.Admin, whole).Text("message"))
	missing := h.Done(201, "POST", gatewaytest.RulesPath, h.Ours.Admin, gatewaytest.NewRule(h.Ours, object{"template": object{"name": "inexistente"}}))
	require.Contains(t, missing.Data()["warnings"].([]any)[0], `"inexistente" ainda não existe`)
}

func TestEveryFieldOfARuleWrongInEveryWay(t *testing.T) {
	h := newHouse(t)
	conditions := func(c object) object { return object{"conditions": c} }
	tests := []struct {
		field, text string
		body        any
	}{
		{"body", "Required", ""},
		{"body", "JSON inválido", "{"},
		{"body", "tipo errado", "[]"},
		{"name", "Required", gatewaytest.Without(gatewaytest.NewRule(h.Ours, nil), "name")},
		{"name", "Required", gatewaytest.NewRule(h.Ours, object{"name": nil})},
		{"name", "Required", gatewaytest.NewRule(h.Ours, object{"name": "  "})},
		{"name", "tipo errado", gatewaytest.NewRule(h.Ours, object{"name": 7})},
		{"name", "no máximo 200", gatewaytest.NewRule(h.Ours, object{"name": strings.Repeat("a", 201)})},
		{"instanceId", "tipo errado", gatewaytest.NewRule(h.Ours, object{"instanceId": 1})},
		{"instanceId", "canal não encontrado", gatewaytest.NewRule(h.Ours, object{"instanceId": "vendas"})},
		{"instanceId", "canal não encontrado", gatewaytest.NewRule(h.Ours, object{"instanceId": h.Theirs.Channel.ID})},
		{"triggerType", "Required", gatewaytest.Without(gatewaytest.NewRule(h.Ours, nil), "triggerType")},
		{"triggerType", "Required", gatewaytest.NewRule(h.Ours, object{"triggerType": nil})},
		{"triggerType", "NO_RESPONSE, STAGE_ENTERED, TAG_ADDED, DEAL_CREATED ou CUSTOM", gatewaytest.NewRule(h.Ours, object{"triggerType": "no_response"})},
		{"triggerType", "tipo errado", gatewaytest.NewRule(h.Ours, object{"triggerType": []string{"CUSTOM"}})},
		{"triggerValue", "Required", gatewaytest.NewRule(h.Ours, object{"triggerValue": nil})},
		{"triggerValue", "esperava um número", gatewaytest.NewRule(h.Ours, object{"triggerValue": "24"})},
		{"triggerValue", "esperava um número", gatewaytest.NewRule(h.Ours, object{"triggerValue": true})},
		{"triggerValue", "maior que zero", gatewaytest.NewRule(h.Ours, object{"triggerValue": 0})},
		{"triggerValue", "maior que zero", gatewaytest.NewRule(h.Ours, object{"triggerValue": -24})},
		{"triggerValue", "no máximo um ano", gatewaytest.NewRule(h.Ours, object{"triggerValue": 8761})},
		{"triggerValue", "no máximo um ano", gatewaytest.NewRule(h.Ours, object{"triggerValue": json.RawMessage("1e300")})},
		{"triggerValue", "segundos inteiros", gatewaytest.NewRule(h.Ours, object{"triggerValue": 0.0001})},
		{"triggerUnit", "Required", gatewaytest.Without(gatewaytest.NewRule(h.Ours, nil), "triggerUnit")},
		{"triggerUnit", "minutes, hours ou days", gatewaytest.NewRule(h.Ours, object{"triggerUnit": "weeks"})},
		{"triggerUnit", "tipo errado", gatewaytest.NewRule(h.Ours, object{"triggerUnit": 3})},
		{"message", "Required", gatewaytest.Without(gatewaytest.NewRule(h.Ours, nil), "message")},
		{"message", "Required", gatewaytest.NewRule(h.Ours, object{"message": nil})},
		{"message", "Required", gatewaytest.NewRule(h.Ours, object{"message": ""})},
		{"message", "tipo errado", gatewaytest.NewRule(h.Ours, object{"message": object{}})},
		{"message", "no máximo 4096", gatewaytest.NewRule(h.Ours, object{"message": strings.Repeat("a", 4097)})},
		{"message", "variável desconhecida", gatewaytest.NewRule(h.Ours, object{"message": "Oi {{nome}}"})},
		{"message", "{{", gatewaytest.NewRule(h.Ours, object{"message": "Oi {{contact.name"})},
		{"isActive", "true ou false", gatewaytest.NewRule(h.Ours, object{"isActive": "sim"})},
		{"isActive", "true ou false", gatewaytest.NewRule(h.Ours, object{"isActive": 1})},
		{"maxAttempts", "de 1 a 20", gatewaytest.NewRule(h.Ours, object{"maxAttempts": 0})},
		{"maxAttempts", "de 1 a 20", gatewaytest.NewRule(h.Ours, object{"maxAttempts": -1})},
		{"maxAttempts", "de 1 a 20", gatewaytest.NewRule(h.Ours, object{"maxAttempts": 21})},
		{"maxAttempts", "número inteiro", gatewaytest.NewRule(h.Ours, object{"maxAttempts": 1.5})},
		{"maxAttempts", "número inteiro", gatewaytest.NewRule(h.Ours, object{"maxAttempts": "3"})},
		{"maxAttempts", "número inteiro", gatewaytest.NewRule(h.Ours, object{"maxAttempts": json.RawMessage("99999999999999999999")})},
		{"conditions", "um objeto", gatewaytest.NewRule(h.Ours, object{"conditions": "VIP"})},
		{"conditions.excludeTags", "uma lista", gatewaytest.NewRule(h.Ours, conditions(object{"excludeTags": "VIP"}))},
		{"conditions.excludeTags[1]", "um texto", gatewaytest.NewRule(h.Ours, conditions(object{"excludeTags": []any{"a", 1}}))},
		{"conditions.includeTags[0]", "Required", gatewaytest.NewRule(h.Ours, conditions(object{"includeTags": []any{nil}}))},
		{"conditions.includeFunnelStages[0]", "no máximo 200", gatewaytest.NewRule(h.Ours, conditions(object{"includeFunnelStages": []any{strings.Repeat("a", 201)}}))},
		{"conditions.includeFunnelStages", "no máximo 50", gatewaytest.NewRule(h.Ours, conditions(object{"includeFunnelStages": make([]string, 51)}))},
		{"conditions.event", "CUSTOM", gatewaytest.NewRule(h.Ours, conditions(object{"event": "cart.abandoned"}))},
		{"conditions.event", "nome de evento inválido", gatewaytest.NewRule(h.Ours, object{"triggerType": "CUSTOM", "conditions": object{"event": "Carrinho!"}})},
		{"conditions.expr", "1:1", gatewaytest.NewRule(h.Ours, conditions(object{"expr": "cliente"}))},
		{"conditions.expr", "tipo errado", gatewaytest.NewRule(h.Ours, conditions(object{"expr": true}))},
		{"conditions.tags", "campo desconhecido", gatewaytest.NewRule(h.Ours, conditions(object{"tags": []string{"a"}}))},
		{"template.name", "Required", gatewaytest.NewRule(h.Ours, object{"template": object{"name": ""}})},
		{"template.variables", "objeto de textos", gatewaytest.NewRule(h.Ours, object{"template": object{"name": "a", "variables": []int{1}}})},
		{"template.variables.1", "variável desconhecida", gatewaytest.NewRule(h.Ours, object{"template": object{"name": "a", "variables": object{"1": "{{x}}"}}})},
		{"attachment.url", "http", gatewaytest.NewRule(h.Ours, object{"attachment": object{"url": "a.pdf"}})},
		{"delay", "campo desconhecido", gatewaytest.NewRule(h.Ours, object{"delay": 1})},
		{"tenantId", "campo desconhecido", gatewaytest.NewRule(h.Ours, object{"tenantId": h.Theirs.ID})},
	}
	before := h.Dump()
	for _, test := range tests {
		found := h.Refused(400, "Erro de validação: ", "POST", gatewaytest.RulesPath, h.Ours.Admin, test.body)
		require.Equal(t, test.field, found.Body["field"], found.Raw)
		require.Contains(t, found.Body["error"], test.text)
	}
	require.Equal(t, before, h.Dump())

	// The same mistakes in a change.
	h.Rule(h.Ours, nil)
	before = h.Dump()
	for _, test := range tests {
		body, isObject := test.body.(object)
		if !isObject || test.text == "Required" && body[test.field] == nil && !strings.Contains(test.field, ".") {
			continue
		}
		found := h.Refused(400, "Erro de validação: ", "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, body)
		require.Equal(t, test.field, found.Body["field"], found.Raw)
	}
	require.Equal(t, before, h.Dump())
}

func TestAChangeOfARuleKeepsWhatItDoesNotName(t *testing.T) {
	h := newHouse(t)
	before := h.Rule(h.Ours, object{"template": object{"name": "lembrete"}}).Data()
	h.Advance(time.Hour)
	changed := h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"name": "Reengajamento 48h", "triggerValue": 48, "message": "Olá! Gostaria de saber se ainda posso ajudar?"}).Data()
	for name, value := range before {
		switch name {
		case "name", "triggerValue", "message", "updatedAt", "warnings":
			continue
		}
		require.Equal(t, value, changed[name], name)
	}
	require.Equal(t, "Reengajamento 48h", changed["name"])
	require.Equal(t, 48.0, changed["triggerValue"])
	require.Equal(t, "2026-07-10T14:00:00Z", changed["updatedAt"])

	changed = h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"instanceId": nil, "conditions": nil, "template": nil}).Data()
	require.Nil(t, changed["instance"])
	require.Nil(t, changed["conditions"])
	require.NotContains(t, changed, "template")
	require.Equal(t, 3.0, changed["maxAttempts"])
	delete(changed, "warnings")
	require.Equal(t, changed, h.Done(200, "GET", gatewaytest.RulesPath+"/1", h.Ours.Viewer, nil).Data(), "but for the warnings, what is shown is what was saved")

	h.Refused(400, "name: Required", "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"name": nil})
	h.Refused(400, "message: Required", "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"message": nil})
	h.Refused(400, "campo desconhecido", "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"id": "x"})
	for _, id := range []string{"2", "0", "x", chat.NewID()} {
		h.Refused(404, "Regra não encontrada", "PUT", gatewaytest.RulesPath+"/"+id, h.Ours.Admin, object{"name": "x"})
		h.Refused(404, "Regra não encontrada", "GET", gatewaytest.RulesPath+"/"+id, h.Ours.Admin, nil)
		h.Refused(404, "Regra não encontrada", "DELETE", gatewaytest.RulesPath+"/"+id, h.Ours.Admin, nil)
		h.Refused(404, "Regra não encontrada", "POST", gatewaytest.RulesPath+"/"+id+"/toggle", h.Ours.Admin, nil)
		h.Refused(404, "Regra não encontrada", "POST", gatewaytest.RulesPath+"/"+id+"/preview", h.Ours.Admin, nil)
	}
	h.Refused(403, "", "POST", gatewaytest.RulesPath+"/1/toggle", h.Ours.Operator, nil)
}

func TestRulesOfAnInstanceIncludeThoseOfAll(t *testing.T) {
	h := newHouse(t)
	other := h.Channel(h.Ours.ID, "333", "+5511300000333")
	h.Rule(h.Ours, object{"name": "da primeira"})
	h.Rule(h.Ours, object{"name": "da outra", "instanceId": other.ID})
	h.Rule(h.Ours, object{"name": "de todas", "instanceId": nil})
	names := func(query string) []string {
		var names []string
		for _, one := range h.Done(200, "GET", gatewaytest.RulesPath+query, h.Ours.Viewer, nil).List() {
			names = append(names, one.(object)["name"].(string))
		}
		return names
	}
	require.Equal(t, []string{"da primeira", "da outra", "de todas"}, names(""))
	require.Equal(t, []string{"da outra", "de todas"}, names("?instanceId="+other.ID))
	require.Equal(t, []string{"da primeira", "da outra"}, names("?limit=2"))
	next := h.Done(200, "GET", gatewaytest.RulesPath+"?limit=2", h.Ours.Viewer, nil).Body["nextCursor"].(string)
	require.Equal(t, []string{"de todas"}, names("?limit=2&cursor="+next))
	h.Refused(400, "instanceId: canal não encontrado", "GET", gatewaytest.RulesPath+"?instanceId=x", h.Ours.Viewer, nil)
	h.Refused(400, "limit", "GET", gatewaytest.RulesPath+"?limit=0", h.Ours.Viewer, nil)
}

// planned is a rule with one follow-up that waits.
func (h *house) planned(changes object) (rule string) {
	h.T.Helper()
	rule = h.Rule(h.Ours, changes).Text("id")
	ref := h.CustomerWrote(h.Ours, "5511999999999")
	conversation, err := h.Store.ConversationOn(h.T.Context(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
	require.NoError(h.T, err)
	h.FollowUp(h.Ours, rule, ref, conversation.ID)
	require.Equal(h.T, 1.0, h.Done(200, "GET", gatewaytest.RulesPath, h.Ours.Viewer, nil).List()[0].(object)["stats"].(object)["pending"])
	return rule
}

func TestWhatEndsTheFollowUpsOfARule(t *testing.T) {
	for reason, end := range map[string]func(h *house){
		"regra desativada": func(h *house) {
			found := h.Done(200, "POST", gatewaytest.RulesPath+"/1/toggle", h.Ours.Admin, nil).Data()
			require.Equal(h.T, false, found["isActive"])
			require.Equal(h.T, "Reengajamento 24h", found["name"])
			require.Equal(h.T, true, h.Done(200, "POST", gatewaytest.RulesPath+"/1/toggle", h.Ours.Admin, nil).Data()["isActive"])
		},
		"regra removida": func(h *house) {
			found := h.Done(200, "DELETE", gatewaytest.RulesPath+"/1", h.Ours.Admin, nil)
			require.Equal(h.T, object{"success": true, "message": "Regra removida"}, found.Body)
			h.Refused(404, "Regra não encontrada", "DELETE", gatewaytest.RulesPath+"/1", h.Ours.Admin, nil)
		},
		"gatilho da regra alterado": func(h *house) {
			h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"triggerType": "STAGE_ENTERED"})
		},
		"canal da regra alterado": func(h *house) {
			other := h.Channel(h.Ours.ID, "333", "+5511300000333")
			h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"instanceId": other.ID})
		},
	} {
		t.Run(reason, func(t *testing.T) {
			h := newHouse(t)
			h.planned(nil)
			h.Done(200, "PUT", gatewaytest.RulesPath+"/1", h.Ours.Admin, object{"message": "Outro texto", "triggerType": "NO_RESPONSE", "instanceId": h.Ours.Channel.ID})
			require.Len(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List(), 1, "a changed text ends nothing")
			end(h)
			require.Empty(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List())
			history := h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List()
			require.Len(t, history, 1)
			require.Equal(t, "CANCELLED", history[0].(object)["status"])
			require.Equal(t, reason, history[0].(object)["cancelReason"])
			require.Equal(t, "Reengajamento 24h", history[0].(object)["rule"].(object)["name"], "history is kept")
		})
	}
}

func TestATestOfARuleGoesToOneNumber(t *testing.T) {
	h := newHouse(t)
	rule := h.Rule(h.Ours, object{"isActive": false}).Text("id")
	found := h.Done(202, "POST", gatewaytest.RulesPath+"/1/send-test", h.Ours.Operator, object{"number": "+5511999990001"})
	require.Equal(t, "attempt-1", found.Text("message"))
	mail := h.Mail(h.Ours, found.Data()["contact"].(object)["id"].(string))
	require.Equal(t, chat.Enrolment{FlowID: rule, Source: "test", OnlyNode: "attempt-1"}, *mail[0].Enrol)
	require.Equal(t, h.Ours.Channel.ID, mail[0].ChannelID)
	h.Refused(400, "number: Required", "POST", gatewaytest.RulesPath+"/1/send-test", h.Ours.Operator, object{})
	h.Refused(400, "number:", "POST", gatewaytest.RulesPath+"/1/send-test", h.Ours.Operator, object{"number": "x"})
	h.Refused(403, "", "POST", gatewaytest.RulesPath+"/1/send-test", h.Ours.Viewer, object{"number": "+5511999990001"})

	h.Rule(h.Ours, object{"instanceId": nil})
	h.Done(202, "POST", gatewaytest.RulesPath+"/2/send-test", h.Ours.Operator, object{"number": "+5511999990001"})
	other := h.Channel(h.Ours.ID, "333", "+5511300000333")
	h.Refused(400, "channelId: Required", "POST", gatewaytest.RulesPath+"/2/send-test", h.Ours.Operator, object{"number": "+5511999990001"})
	h.Refused(400, "channelId: canal não encontrado", "POST", gatewaytest.RulesPath+"/2/send-test", h.Ours.Operator, object{"number": "+5511999990001", "channelId": h.Theirs.Channel.ID})
	h.Done(202, "POST", gatewaytest.RulesPath+"/2/send-test", h.Ours.Operator, object{"number": "+5511999990001", "channelId": other.ID})
	h.Refused(400, "channelId: a regra é só", "POST", gatewaytest.RulesPath+"/1/send-test", h.Ours.Operator, object{"number": "+5511999990001", "channelId": other.ID})
	h.Done(200, "DELETE", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, nil)
	h.Refused(422, "o canal da regra não existe mais", "POST", gatewaytest.RulesPath+"/1/send-test", h.Ours.Operator, object{"number": "+5511999990001"})
	require.Equal(t, object{"id": h.Ours.Channel.ID, "instanceName": ""}, h.Done(200, "GET", gatewaytest.RulesPath+"/1", h.Ours.Viewer, nil).Data()["instance"])
}

// windowless is a provider without the 24 h window.
type windowless struct{ *meta.Adapter }

func (windowless) HasWindow() bool { return false }

func TestAChannelWithoutAWindowNeedsNoTemplate(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": windowless{meta.New(meta.Options{})}}
	})
	require.NotContains(t, h.Rule(h.Ours, nil).Data(), "warnings")
	require.NotContains(t, h.Rule(h.Ours, object{"instanceId": nil}).Data(), "warnings")
}
