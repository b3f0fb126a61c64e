package gateway_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
)

const rulesPath = "/api/followups/rules"

// newRule is the body of followups-api.md's example, for whoever it is; changes are laid over it.
func newRule(who *tenant, changes object) object {
	body := object{
		"name": "Reengajamento 24h", "instanceId": who.channel.ID, "triggerType": "NO_RESPONSE", "triggerValue": 24, "triggerUnit": "hours",
		"message": "Olá! Notei que não tivemos retorno. Posso ajudar com algo?", "isActive": true, "maxAttempts": 3,
		"conditions": object{"excludeTags": []string{"Não Incomodar"}, "includeFunnelStages": []string{"Qualificação", "Negociação"}},
	}
	maps.Copy(body, changes)
	return body
}

func (h *house) rule(who *tenant, changes object) answer {
	h.t.Helper()
	return h.done(201, "POST", rulesPath, who.admin, newRule(who, changes))
}

// without is a body that lacks a field.
func without(body object, name string) object {
	delete(body, name)
	return body
}

func TestARuleIsShownAsTheContractSays(t *testing.T) {
	h := newHouse(t)
	made := h.rule(h.ours, nil)
	want := object{
		"id": made.text("id"), "number": 1.0, "name": "Reengajamento 24h", "triggerType": "NO_RESPONSE", "triggerValue": 24.0, "triggerUnit": "hours",
		"message": "Olá! Notei que não tivemos retorno. Posso ajudar com algo?", "isActive": true, "maxAttempts": 3.0, "keepInWindow": false,
		"conditions": object{"excludeTags": []any{"Não Incomodar"}, "includeFunnelStages": []any{"Qualificação", "Negociação"}},
		"instance":   object{"id": h.ours.channel.ID, "instanceName": "Vendas"}, "createdAt": "2026-07-10T13:00:00Z", "updatedAt": "2026-07-10T13:00:00Z",
	}
	warnings := made.data()["warnings"].([]any)
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], "tentativa 1 em diante")
	require.Equal(t, true, made.body["success"])
	shown := maps.Clone(made.data())
	delete(shown, "warnings")
	require.Equal(t, want, shown)
	for _, id := range []string{made.text("id"), "1"} {
		require.Equal(t, want, h.done(200, "GET", rulesPath+"/"+id, h.ours.viewer, nil).data())
	}
	want["stats"] = object{"sent": 0.0, "pending": 0.0, "cancelled": 0.0}
	require.Equal(t, []any{want}, h.done(200, "GET", rulesPath, h.ours.viewer, nil).list())
}

func TestWhatARuleMayLeaveOut(t *testing.T) {
	h := newHouse(t)
	body := object{"name": "Mínima", "triggerType": "CUSTOM", "triggerValue": 1.5, "triggerUnit": "hours", "message": "Oi"}
	made := h.done(201, "POST", rulesPath, h.ours.admin, body)
	require.Equal(t, true, made.data()["isActive"])
	require.Equal(t, 1.0, made.data()["maxAttempts"])
	require.Equal(t, 1.5, made.data()["triggerValue"])
	require.Nil(t, made.data()["instance"])
	require.Nil(t, made.data()["conditions"])
	require.NotContains(t, made.data(), "warnings")
	null := object{"name": "Nula", "instanceId": nil, "triggerType": "CUSTOM", "triggerValue": 1, "triggerUnit": "hours", "message": "Oi", "isActive": nil, "maxAttempts": nil, "conditions": nil}
	require.Equal(t, true, h.done(201, "POST", rulesPath, h.ours.admin, null).data()["isActive"])
	whole := object{"name": "Com tudo", "triggerType": "TAG_ADDED", "triggerValue": 2, "triggerUnit": "days", "keepInWindow": true,
		"attachment": object{"url": "https://exemplo.com/a.pdf"}, "template": object{"name": "lembrete", "variables": []string{"{{contact.name}}", "hoje"}},
		"conditions": object{"includeTags": []string{"VIP"}, "expr": "contact.status != \"cliente\""}}
	require.Empty(t, h.done(201, "POST", rulesPath, h.ours.admin, whole).text("message"))
	missing := h.done(201, "POST", rulesPath, h.ours.admin, newRule(h.ours, object{"template": object{"name": "inexistente"}}))
	require.Contains(t, missing.data()["warnings"].([]any)[0], `"inexistente" ainda não existe`)
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
		{"name", "Required", without(newRule(h.ours, nil), "name")},
		{"name", "Required", newRule(h.ours, object{"name": nil})},
		{"name", "Required", newRule(h.ours, object{"name": "  "})},
		{"name", "tipo errado", newRule(h.ours, object{"name": 7})},
		{"name", "no máximo 200", newRule(h.ours, object{"name": strings.Repeat("a", 201)})},
		{"instanceId", "tipo errado", newRule(h.ours, object{"instanceId": 1})},
		{"instanceId", "canal não encontrado", newRule(h.ours, object{"instanceId": "vendas"})},
		{"instanceId", "canal não encontrado", newRule(h.ours, object{"instanceId": h.theirs.channel.ID})},
		{"triggerType", "Required", without(newRule(h.ours, nil), "triggerType")},
		{"triggerType", "Required", newRule(h.ours, object{"triggerType": nil})},
		{"triggerType", "NO_RESPONSE, STAGE_ENTERED, TAG_ADDED, DEAL_CREATED ou CUSTOM", newRule(h.ours, object{"triggerType": "no_response"})},
		{"triggerType", "tipo errado", newRule(h.ours, object{"triggerType": []string{"CUSTOM"}})},
		{"triggerValue", "Required", newRule(h.ours, object{"triggerValue": nil})},
		{"triggerValue", "esperava um número", newRule(h.ours, object{"triggerValue": "24"})},
		{"triggerValue", "esperava um número", newRule(h.ours, object{"triggerValue": true})},
		{"triggerValue", "maior que zero", newRule(h.ours, object{"triggerValue": 0})},
		{"triggerValue", "maior que zero", newRule(h.ours, object{"triggerValue": -24})},
		{"triggerValue", "no máximo um ano", newRule(h.ours, object{"triggerValue": 8761})},
		{"triggerValue", "no máximo um ano", newRule(h.ours, object{"triggerValue": json.RawMessage("1e300")})},
		{"triggerValue", "segundos inteiros", newRule(h.ours, object{"triggerValue": 0.0001})},
		{"triggerUnit", "Required", without(newRule(h.ours, nil), "triggerUnit")},
		{"triggerUnit", "minutes, hours ou days", newRule(h.ours, object{"triggerUnit": "weeks"})},
		{"triggerUnit", "tipo errado", newRule(h.ours, object{"triggerUnit": 3})},
		{"message", "Required", without(newRule(h.ours, nil), "message")},
		{"message", "Required", newRule(h.ours, object{"message": nil})},
		{"message", "Required", newRule(h.ours, object{"message": ""})},
		{"message", "tipo errado", newRule(h.ours, object{"message": object{}})},
		{"message", "no máximo 4096", newRule(h.ours, object{"message": strings.Repeat("a", 4097)})},
		{"message", "variável desconhecida", newRule(h.ours, object{"message": "Oi {{nome}}"})},
		{"message", "{{", newRule(h.ours, object{"message": "Oi {{contact.name"})},
		{"isActive", "true ou false", newRule(h.ours, object{"isActive": "sim"})},
		{"isActive", "true ou false", newRule(h.ours, object{"isActive": 1})},
		{"maxAttempts", "de 1 a 20", newRule(h.ours, object{"maxAttempts": 0})},
		{"maxAttempts", "de 1 a 20", newRule(h.ours, object{"maxAttempts": -1})},
		{"maxAttempts", "de 1 a 20", newRule(h.ours, object{"maxAttempts": 21})},
		{"maxAttempts", "número inteiro", newRule(h.ours, object{"maxAttempts": 1.5})},
		{"maxAttempts", "número inteiro", newRule(h.ours, object{"maxAttempts": "3"})},
		{"maxAttempts", "número inteiro", newRule(h.ours, object{"maxAttempts": json.RawMessage("99999999999999999999")})},
		{"conditions", "um objeto", newRule(h.ours, object{"conditions": "VIP"})},
		{"conditions.excludeTags", "uma lista", newRule(h.ours, conditions(object{"excludeTags": "VIP"}))},
		{"conditions.excludeTags[1]", "um texto", newRule(h.ours, conditions(object{"excludeTags": []any{"a", 1}}))},
		{"conditions.includeTags[0]", "Required", newRule(h.ours, conditions(object{"includeTags": []any{nil}}))},
		{"conditions.includeFunnelStages[0]", "no máximo 200", newRule(h.ours, conditions(object{"includeFunnelStages": []any{strings.Repeat("a", 201)}}))},
		{"conditions.includeFunnelStages", "no máximo 50", newRule(h.ours, conditions(object{"includeFunnelStages": make([]string, 51)}))},
		{"conditions.event", "CUSTOM", newRule(h.ours, conditions(object{"event": "cart.abandoned"}))},
		{"conditions.event", "nome de evento inválido", newRule(h.ours, object{"triggerType": "CUSTOM", "conditions": object{"event": "Carrinho!"}})},
		{"conditions.expr", "1:1", newRule(h.ours, conditions(object{"expr": "cliente"}))},
		{"conditions.expr", "tipo errado", newRule(h.ours, conditions(object{"expr": true}))},
		{"conditions.tags", "campo desconhecido", newRule(h.ours, conditions(object{"tags": []string{"a"}}))},
		{"template.name", "Required", newRule(h.ours, object{"template": object{"name": ""}})},
		{"template.variables", "objeto de textos", newRule(h.ours, object{"template": object{"name": "a", "variables": []int{1}}})},
		{"template.variables.1", "variável desconhecida", newRule(h.ours, object{"template": object{"name": "a", "variables": object{"1": "{{x}}"}}})},
		{"attachment.url", "http", newRule(h.ours, object{"attachment": object{"url": "a.pdf"}})},
		{"delay", "campo desconhecido", newRule(h.ours, object{"delay": 1})},
		{"tenantId", "campo desconhecido", newRule(h.ours, object{"tenantId": h.theirs.id})},
	}
	before := h.dump()
	for _, test := range tests {
		found := h.refused(400, "Erro de validação: ", "POST", rulesPath, h.ours.admin, test.body)
		require.Equal(t, test.field, found.body["field"], found.raw)
		require.Contains(t, found.body["error"], test.text)
	}
	require.Equal(t, before, h.dump())

	// The same mistakes in a change.
	h.rule(h.ours, nil)
	before = h.dump()
	for _, test := range tests {
		body, isObject := test.body.(object)
		if !isObject || test.text == "Required" && body[test.field] == nil && !strings.Contains(test.field, ".") {
			continue
		}
		found := h.refused(400, "Erro de validação: ", "PUT", rulesPath+"/1", h.ours.admin, body)
		require.Equal(t, test.field, found.body["field"], found.raw)
	}
	require.Equal(t, before, h.dump())
}

func TestAChangeOfARuleKeepsWhatItDoesNotName(t *testing.T) {
	h := newHouse(t)
	before := h.rule(h.ours, object{"template": object{"name": "lembrete"}}).data()
	h.advance(time.Hour)
	changed := h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"name": "Reengajamento 48h", "triggerValue": 48, "message": "Olá! Gostaria de saber se ainda posso ajudar?"}).data()
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

	changed = h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"instanceId": nil, "conditions": nil, "template": nil}).data()
	require.Nil(t, changed["instance"])
	require.Nil(t, changed["conditions"])
	require.NotContains(t, changed, "template")
	require.Equal(t, 3.0, changed["maxAttempts"])
	delete(changed, "warnings")
	require.Equal(t, changed, h.done(200, "GET", rulesPath+"/1", h.ours.viewer, nil).data(), "but for the warnings, what is shown is what was saved")

	h.refused(400, "name: Required", "PUT", rulesPath+"/1", h.ours.admin, object{"name": nil})
	h.refused(400, "message: Required", "PUT", rulesPath+"/1", h.ours.admin, object{"message": nil})
	h.refused(400, "campo desconhecido", "PUT", rulesPath+"/1", h.ours.admin, object{"id": "x"})
	for _, id := range []string{"2", "0", "x", chat.NewID()} {
		h.refused(404, "Regra não encontrada", "PUT", rulesPath+"/"+id, h.ours.admin, object{"name": "x"})
		h.refused(404, "Regra não encontrada", "GET", rulesPath+"/"+id, h.ours.admin, nil)
		h.refused(404, "Regra não encontrada", "DELETE", rulesPath+"/"+id, h.ours.admin, nil)
		h.refused(404, "Regra não encontrada", "POST", rulesPath+"/"+id+"/toggle", h.ours.admin, nil)
		h.refused(404, "Regra não encontrada", "POST", rulesPath+"/"+id+"/preview", h.ours.admin, nil)
	}
	h.refused(403, "", "POST", rulesPath+"/1/toggle", h.ours.operator, nil)
}

func TestRulesOfAnInstanceIncludeThoseOfAll(t *testing.T) {
	h := newHouse(t)
	other := h.channel(h.ours.id, "333", "+5511300000333")
	h.rule(h.ours, object{"name": "da primeira"})
	h.rule(h.ours, object{"name": "da outra", "instanceId": other.ID})
	h.rule(h.ours, object{"name": "de todas", "instanceId": nil})
	names := func(query string) []string {
		var names []string
		for _, one := range h.done(200, "GET", rulesPath+query, h.ours.viewer, nil).list() {
			names = append(names, one.(object)["name"].(string))
		}
		return names
	}
	require.Equal(t, []string{"da primeira", "da outra", "de todas"}, names(""))
	require.Equal(t, []string{"da outra", "de todas"}, names("?instanceId="+other.ID))
	require.Equal(t, []string{"da primeira", "da outra"}, names("?limit=2"))
	next := h.done(200, "GET", rulesPath+"?limit=2", h.ours.viewer, nil).body["nextCursor"].(string)
	require.Equal(t, []string{"de todas"}, names("?limit=2&cursor="+next))
	h.refused(400, "instanceId: canal não encontrado", "GET", rulesPath+"?instanceId=x", h.ours.viewer, nil)
	h.refused(400, "limit", "GET", rulesPath+"?limit=0", h.ours.viewer, nil)
}

// planned is a rule with one follow-up that waits.
func (h *house) planned(changes object) (rule string) {
	h.t.Helper()
	rule = h.rule(h.ours, changes).text("id")
	ref := h.customerWrote(h.ours, "5511999999999")
	conversation, err := h.store.ConversationOn(h.t.Context(), h.ours.id, ref.ContactID, h.ours.channel.ID)
	require.NoError(h.t, err)
	h.followUp(h.ours, rule, ref, conversation.ID)
	require.Equal(h.t, 1.0, h.done(200, "GET", rulesPath, h.ours.viewer, nil).list()[0].(object)["stats"].(object)["pending"])
	return rule
}

func TestWhatEndsTheFollowUpsOfARule(t *testing.T) {
	for reason, end := range map[string]func(h *house){
		"regra desativada": func(h *house) {
			found := h.done(200, "POST", rulesPath+"/1/toggle", h.ours.admin, nil).data()
			require.Equal(h.t, false, found["isActive"])
			require.Equal(h.t, "Reengajamento 24h", found["name"])
			require.Equal(h.t, true, h.done(200, "POST", rulesPath+"/1/toggle", h.ours.admin, nil).data()["isActive"])
		},
		"regra removida": func(h *house) {
			found := h.done(200, "DELETE", rulesPath+"/1", h.ours.admin, nil)
			require.Equal(h.t, object{"success": true, "message": "Regra removida"}, found.body)
			h.refused(404, "Regra não encontrada", "DELETE", rulesPath+"/1", h.ours.admin, nil)
		},
		"gatilho da regra alterado": func(h *house) {
			h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"triggerType": "STAGE_ENTERED"})
		},
		"canal da regra alterado": func(h *house) {
			other := h.channel(h.ours.id, "333", "+5511300000333")
			h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"instanceId": other.ID})
		},
	} {
		t.Run(reason, func(t *testing.T) {
			h := newHouse(t)
			h.planned(nil)
			h.done(200, "PUT", rulesPath+"/1", h.ours.admin, object{"message": "Outro texto", "triggerType": "NO_RESPONSE", "instanceId": h.ours.channel.ID})
			require.Len(t, h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list(), 1, "a changed text ends nothing")
			end(h)
			require.Empty(t, h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list())
			history := h.done(200, "GET", "/api/followups/history", h.ours.viewer, nil).list()
			require.Len(t, history, 1)
			require.Equal(t, "CANCELLED", history[0].(object)["status"])
			require.Equal(t, reason, history[0].(object)["cancelReason"])
			require.Equal(t, "Reengajamento 24h", history[0].(object)["rule"].(object)["name"], "history is kept")
		})
	}
}

func TestATestOfARuleGoesToOneNumber(t *testing.T) {
	h := newHouse(t)
	rule := h.rule(h.ours, object{"isActive": false}).text("id")
	found := h.done(202, "POST", rulesPath+"/1/send-test", h.ours.operator, object{"number": "+5511999990001"})
	require.Equal(t, "attempt-1", found.text("message"))
	mail := h.mail(h.ours, found.data()["contact"].(object)["id"].(string))
	require.Equal(t, chat.Enrolment{FlowID: rule, Source: "test", OnlyNode: "attempt-1"}, *mail[0].Enrol)
	require.Equal(t, h.ours.channel.ID, mail[0].ChannelID)
	h.refused(400, "number: Required", "POST", rulesPath+"/1/send-test", h.ours.operator, object{})
	h.refused(400, "number:", "POST", rulesPath+"/1/send-test", h.ours.operator, object{"number": "x"})
	h.refused(403, "", "POST", rulesPath+"/1/send-test", h.ours.viewer, object{"number": "+5511999990001"})

	h.rule(h.ours, object{"instanceId": nil})
	h.done(202, "POST", rulesPath+"/2/send-test", h.ours.operator, object{"number": "+5511999990001"})
	other := h.channel(h.ours.id, "333", "+5511300000333")
	h.refused(400, "channelId: Required", "POST", rulesPath+"/2/send-test", h.ours.operator, object{"number": "+5511999990001"})
	h.refused(400, "channelId: canal não encontrado", "POST", rulesPath+"/2/send-test", h.ours.operator, object{"number": "+5511999990001", "channelId": h.theirs.channel.ID})
	h.done(202, "POST", rulesPath+"/2/send-test", h.ours.operator, object{"number": "+5511999990001", "channelId": other.ID})
	h.refused(400, "channelId: a regra é só", "POST", rulesPath+"/1/send-test", h.ours.operator, object{"number": "+5511999990001", "channelId": other.ID})
	h.done(200, "DELETE", "/api/channels/"+h.ours.channel.ID, h.ours.admin, nil)
	h.refused(422, "o canal da regra não existe mais", "POST", rulesPath+"/1/send-test", h.ours.operator, object{"number": "+5511999990001"})
	require.Equal(t, object{"id": h.ours.channel.ID, "instanceName": ""}, h.done(200, "GET", rulesPath+"/1", h.ours.viewer, nil).data()["instance"])
}

// windowless is a provider without the 24 h window.
type windowless struct{ *meta.Adapter }

func (windowless) HasWindow() bool { return false }

func TestAChannelWithoutAWindowNeedsNoTemplate(t *testing.T) {
	h := newHouse(t, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": windowless{meta.New(meta.Options{})}}
	})
	require.NotContains(t, h.rule(h.ours, nil).data(), "warnings")
	require.NotContains(t, h.rule(h.ours, object{"instanceId": nil}).data(), "warnings")
}
