package authoring_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
)

func TestAConfigIsShownAsTheContractSays(t *testing.T) {
	h := newHouse(t)
	assistant := h.Assistant(h.Ours, nil).Text("id")
	body := gatewaytest.NewConfig(assistant, h.Ours.Channel, nil)
	made := h.Done(201, "POST", gatewaytest.ConfigsPath, h.Ours.Admin, body)
	want := maps.Clone(body)
	want["id"], want["tenant_id"] = made.Body["id"], h.Ours.ID
	want["created_at"], want["updated_at"] = "2026-07-10T13:00:00Z", "2026-07-10T13:00:00Z"
	require.Equal(t, want, made.Body, "no envelope, and no field beside those of the contract but updated_at")
	id := made.Body["id"].(string)
	for _, path := range []string{"/" + id, "/1", "/assistant/" + assistant} {
		require.Equal(t, want, h.Done(200, "GET", gatewaytest.ConfigsPath+path, h.Ours.Viewer, nil).Body)
	}
	require.Equal(t, []any{want}, h.AllConfigs())

	again := h.Done(200, "PUT", gatewaytest.ConfigsPath+"/"+id, h.Ours.Admin, made.Body)
	require.Equal(t, want, again.Body, "what was shown can be sent back as it came")
}

func TestWhatAConfigMayLeaveOut(t *testing.T) {
	h := newHouse(t)
	made := h.Config(h.Ours, object{"official_steps": nil, "is_active": nil, "keepInWindow": true,
		"steps": []any{object{"interval": "P1D", "template_name": "lembrete", "template_params": []any{"a", "b"}}}})
	require.Equal(t, true, made.Body["is_active"])
	require.Equal(t, true, made.Body["keep_in_window"])
	require.Equal(t, []any{}, made.Body["official_steps"])
	require.Equal(t, "pt_BR", made.Body["steps"].([]any)[0].(object)["template_language"])
	only := h.Config(h.Ours, object{"steps": nil, "official_steps": []any{object{"channel_id": strings.ToUpper(h.Ours.Channel.ID), "steps": []any{object{"interval": "PT45M", "prompt": "Oi"}}}}})
	require.Equal(t, []any{}, only.Body["steps"])
	entry := only.Body["official_steps"].([]any)[0].(object)
	require.Equal(t, h.Ours.Channel.ID, entry["channel_id"])
	require.Equal(t, "Vendas", entry["channel_name"], "the channel's own name")
	require.Empty(t, entry["app_id"])
	late := h.Config(h.Ours, object{"official_steps": nil, "steps": []any{object{"interval": "PT20H", "prompt": "Oi"}, object{"interval": "PT20H", "prompt": "Oi"}}})
	require.Contains(t, late.Body["warnings"].([]any)[0], `passo 2 no canal "Vendas"`)
	missing := h.Config(h.Ours, object{"steps": []any{object{"interval": "P1D", "template_name": "inexistente"}}})
	require.Contains(t, missing.Body["warnings"].([]any)[0], `steps[0]: o template "inexistente"`)
}

func TestEveryFieldOfAConfigWrongInEveryWay(t *testing.T) {
	h := newHouse(t)
	ours, theirs := h.Assistant(h.Ours, nil).Text("id"), h.Assistant(h.Theirs, nil).Text("id")
	with := func(changes object) object { return gatewaytest.NewConfig(ours, h.Ours.Channel, changes) }
	step := func(s object) object {
		whole := object{"interval": "PT30M", "prompt": "oi"}
		maps.Copy(whole, s)
		return with(object{"steps": []any{whole}, "official_steps": nil})
	}
	official := func(o object) object {
		whole := object{"channel_id": h.Ours.Channel.ID, "steps": []any{object{"interval": "P1D", "template_name": "lembrete"}}}
		maps.Copy(whole, o)
		return with(object{"official_steps": []any{whole}})
	}
	officialStep := func(s object) object {
		whole := object{"interval": "P1D", "template_name": "lembrete"}
		maps.Copy(whole, s)
		return official(object{"steps": []any{whole}})
	}
	tests := []struct {
		field, text string
		body        any
	}{
		{"body", "Required", ""},
		{"body", "JSON inválido", "{"},
		{"body", "tipo errado", "[]"},
		{"assistant_id", "Required", gatewaytest.Without(with(nil), "assistant_id")},
		{"assistant_id", "Required", with(object{"assistant_id": nil})},
		{"assistant_id", "tipo errado", with(object{"assistant_id": 1})},
		{"assistant_id", "assistente não encontrado", with(object{"assistant_id": "x"})},
		{"assistant_id", "assistente não encontrado", with(object{"assistant_id": chat.NewID()})},
		{"assistant_id", "assistente não encontrado", with(object{"assistant_id": theirs})},
		{"trigger_status_ids", "Required", gatewaytest.Without(with(nil), "trigger_status_ids")},
		{"trigger_status_ids", "Required", with(object{"trigger_status_ids": nil})},
		{"trigger_status_ids", "Required", with(object{"trigger_status_ids": []any{}})},
		{"trigger_status_ids", "uma lista", with(object{"trigger_status_ids": "novo"})},
		{"trigger_status_ids[0]", "um texto", with(object{"trigger_status_ids": []any{7}})},
		{"trigger_status_ids[1]", "Required", with(object{"trigger_status_ids": []any{"a", ""}})},
		{"trigger_status_ids[1]", "repetido", with(object{"trigger_status_ids": []any{"a", "a"}})},
		{"trigger_status_ids[0]", "no máximo 200", with(object{"trigger_status_ids": []any{strings.Repeat("a", 201)}})},
		{"trigger_status_ids", "no máximo 50", with(object{"trigger_status_ids": make([]string, 51)})},
		{"steps", "Required", with(object{"steps": []any{}, "official_steps": []any{}})},
		{"steps", "uma lista", with(object{"steps": object{}})},
		{"steps", "no máximo 3", with(object{"steps": []any{object{"interval": "PT1H", "prompt": "a"}, object{"interval": "PT1H", "prompt": "a"}, object{"interval": "PT1H", "prompt": "a"}, object{"interval": "PT1H", "prompt": "a"}}})},
		{"steps[0]", "um objeto", with(object{"steps": []any{"PT30M"}})},
		{"steps[0].interval", "Required", step(object{"interval": nil})},
		{"steps[0].interval", "tipo errado", step(object{"interval": 30})},
		{"steps[0].interval", "ISO 8601", step(object{"interval": "30 minutos"})},
		{"steps[0].interval", "no mínimo 30 minutos", step(object{"interval": "PT29M"})},
		{"steps[0].interval", "negativo", step(object{"interval": "-PT30M"})},
		{"steps[0].interval", "anos e meses", step(object{"interval": "P1M"})},
		{"steps[0].interval", "no máximo um ano", step(object{"interval": "P400D", "template_name": "a"})},
		{"steps[0].interval", "longo demais", step(object{"interval": "P99999999999W"})},
		{"steps[0].prompt", "Required", step(object{"prompt": nil})},
		{"steps[0].prompt", "Required", step(object{"prompt": " "})},
		{"steps[0].prompt", "tipo errado", step(object{"prompt": true})},
		{"steps[0].prompt", "no máximo 8000", step(object{"prompt": strings.Repeat("a", 8001)})},
		{"steps[0].prompt", "LEAD_EMAIL", step(object{"prompt": "{{LEAD_EMAIL}}"})},
		{"steps[0].prompt", "variável desconhecida", step(object{"prompt": "{{lead_name}}"})},
		{"steps[0].fallback", "no máximo 4096", step(object{"fallback": strings.Repeat("a", 4097)})},
		{"steps[0].fallback", "{{", step(object{"fallback": "{{contact.name"})},
		{"steps[0].fallback", "acompanha prompt", step(object{"prompt": nil, "template_name": "a", "fallback": "oi"})},
		{"steps[0].template_name", "Required", step(object{"interval": "P1D"})},
		{"steps[0].template_name", "Required", step(object{"interval": "PT24H", "template_name": " "})},
		{"steps[0].template_name", "tipo errado", step(object{"template_name": 5})},
		{"steps[0].template_language", "tipo errado", step(object{"template_name": "a", "template_language": 5})},
		{"steps[0].template_params", "uma lista", step(object{"template_name": "a", "template_params": "oi"})},
		{"steps[0].template_params[1]", "um texto", step(object{"template_name": "a", "template_params": []any{"a", 2}})},
		{"steps[0].template_params[0]", "Required", step(object{"template_name": "a", "template_params": []any{nil}})},
		{"steps[0].template_params[0]", "COMPANY_CITY", step(object{"template_name": "a", "template_params": []any{"{{COMPANY_CITY}}"}})},
		{"steps[0].message", "campo desconhecido", step(object{"message": "a"})},
		{"official_steps", "uma lista", with(object{"official_steps": "a"})},
		{"official_steps[0].channel_id", "Required", official(object{"channel_id": nil})},
		{"official_steps[0].channel_id", "tipo errado", official(object{"channel_id": 1})},
		{"official_steps[0].channel_id", "canal não encontrado", official(object{"channel_id": "vendas"})},
		{"official_steps[0].channel_id", "canal não encontrado", official(object{"channel_id": chat.NewID()})},
		{"official_steps[0].channel_id", "canal não encontrado", official(object{"channel_id": h.Theirs.Channel.ID})},
		{"official_steps[1].channel_id", "canal repetido", with(object{"official_steps": []any{object{"channel_id": h.Ours.Channel.ID}, object{"channel_id": h.Ours.Channel.ID}}})},
		{"official_steps[0].steps", "são 4", official(object{"steps": []any{object{"interval": "P1D", "template_name": "a"}, object{"interval": "P1D", "template_name": "a"}}})},
		{"official_steps[0].steps[0].interval", "Required", officialStep(object{"interval": ""})},
		{"official_steps[0].steps[0].template_name", "Required", officialStep(object{"template_name": nil, "prompt": "oi"})},
		{"official_steps[0].steps[0].template_params[0]", "{{", officialStep(object{"template_params": []any{"{{"}})},
		{"official_steps[0].app_id", "tipo errado", official(object{"app_id": 1})},
		{"official_steps[0].channel_name", "no máximo 200", official(object{"channel_name": strings.Repeat("a", 201)})},
		{"official_steps[0].interval", "campo desconhecido", official(object{"interval": "P1D"})},
		{"is_active", "true ou false", with(object{"is_active": "sim"})},
		{"keep_in_window", "true ou false", with(object{"keep_in_window": 1})},
		{"keepInWindow", "true ou false", with(object{"keepInWindow": "x"})},
		{"tenant_id", "não é a sua empresa", with(object{"tenant_id": h.Theirs.ID})},
		{"tenant_id", "não é a sua empresa", with(object{"tenant_id": 7})},
		{"assistantId", "campo desconhecido", with(object{"assistantId": "x"})},
	}
	before := h.Dump()
	for _, test := range tests {
		found := h.Refused(400, "Erro de validação: ", "POST", gatewaytest.ConfigsPath, h.Ours.Admin, test.body)
		require.Equal(t, test.field, found.Body["field"], found.Raw)
		require.Contains(t, found.Body["error"], test.text)
	}
	h.Refused(400, "id: é dado pelo retoma", "POST", gatewaytest.ConfigsPath, h.Ours.Admin, with(object{"id": chat.NewID()}))
	require.Equal(t, before, h.Dump())

	h.Config(h.Ours, object{"assistant_id": ours})
	before = h.Dump()
	for _, test := range tests {
		body, isObject := test.body.(object)
		if _, given := body[strings.FieldsFunc(test.field, func(r rune) bool { return r == '.' || r == '[' })[0]]; !isObject || !given {
			continue
		}
		found := h.Refused(400, "Erro de validação: ", "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, body)
		require.Equal(t, test.field, found.Body["field"], found.Raw)
	}
	h.Refused(400, "id: não é o desta configuração", "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"id": chat.NewID()})
	require.Equal(t, before, h.Dump())
}

func TestAChangeOfAConfigKeepsWhatItDoesNotName(t *testing.T) {
	h := newHouse(t)
	before := h.Config(h.Ours, nil).Body
	h.Advance(time.Hour)
	changed := h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"trigger_status_ids": []any{"novo"}}).Body
	want := maps.Clone(before)
	want["trigger_status_ids"], want["updated_at"] = []any{"novo"}, "2026-07-10T14:00:00Z"
	require.Equal(t, want, changed)
	changed = h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"official_steps": nil}).Body
	require.Equal(t, []any{}, changed["official_steps"])
	h.Refused(400, "steps: Required", "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"steps": nil})
	for _, id := range []string{"2", "x", chat.NewID()} {
		h.Refused(404, "Configuração de follow-up não encontrada", "PUT", gatewaytest.ConfigsPath+"/"+id, h.Ours.Admin, object{"is_active": false})
		h.Refused(404, "Configuração de follow-up não encontrada", "GET", gatewaytest.ConfigsPath+"/"+id, h.Ours.Admin, nil)
		h.Refused(404, "Configuração de follow-up não encontrada", "DELETE", gatewaytest.ConfigsPath+"/"+id, h.Ours.Admin, nil)
		h.Refused(404, "Configuração de follow-up não encontrada", "GET", gatewaytest.ConfigsPath+"/assistant/"+id, h.Ours.Admin, nil)
		h.Refused(404, "Empresa não encontrada", "GET", gatewaytest.ConfigsPath+"/tenant/"+id, h.Ours.Admin, nil)
	}
	h.Refused(403, "", "DELETE", gatewaytest.ConfigsPath+"/1", h.Ours.Operator, nil)
}

func TestAnAssistantHasOneConfig(t *testing.T) {
	h := newHouse(t)
	first := h.Config(h.Ours, nil)
	taken := "Este assistente já tem uma configuração de follow-up"
	h.Refused(409, taken, "POST", gatewaytest.ConfigsPath, h.Ours.Admin, gatewaytest.NewConfig(first.Text("assistant_id"), h.Ours.Channel, nil))
	second := h.Config(h.Ours, nil)
	h.Refused(409, taken, "PUT", gatewaytest.ConfigsPath+"/"+second.Text("id"), h.Ours.Admin, object{"assistant_id": first.Text("assistant_id")})
	require.Len(t, h.AllConfigs(), 2)
	found := h.Done(204, "DELETE", gatewaytest.ConfigsPath+"/"+first.Text("id"), h.Ours.Admin, nil)
	require.Empty(t, found.Raw)
	h.Refused(404, "Configuração", "GET", gatewaytest.ConfigsPath+"/assistant/"+first.Text("assistant_id"), h.Ours.Admin, nil)
	h.Done(200, "PUT", gatewaytest.ConfigsPath+"/"+second.Text("id"), h.Ours.Admin, object{"assistant_id": first.Text("assistant_id")})
	require.Equal(t, second.Text("id"), h.Done(200, "GET", gatewaytest.ConfigsPath+"/assistant/"+first.Text("assistant_id"), h.Ours.Viewer, nil).Body["id"])
	h.Done(201, "POST", gatewaytest.ConfigsPath, h.Ours.Admin, gatewaytest.NewConfig(second.Text("assistant_id"), h.Ours.Channel, nil))
}

func TestWhatEndsTheFollowUpsOfAConfig(t *testing.T) {
	for reason, end := range map[string]func(h *house){
		"configuração desativada": func(h *house) {
			require.Equal(h.T, false, h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"is_active": false}).Body["is_active"])
		},
		"configuração removida": func(h *house) { h.Done(204, "DELETE", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, nil) },
		"a configuração passou a outro assistente": func(h *house) {
			h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"assistant_id": h.Assistant(h.Ours, nil).Text("id")})
		},
	} {
		t.Run(reason, func(t *testing.T) {
			h := newHouse(t)
			id := h.Config(h.Ours, nil).Text("id")
			ref := h.CustomerWrote(h.Ours, "5511999999999")
			conversation, err := h.Store.ConversationOn(t.Context(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
			require.NoError(t, err)
			h.FollowUp(h.Ours, id, ref, conversation.ID)
			h.Done(200, "PUT", gatewaytest.ConfigsPath+"/1", h.Ours.Admin, object{"steps": []any{object{"interval": "PT1H", "prompt": "Outro"}}})
			require.Len(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List(), 1, "a changed step ends nothing")
			end(h)
			require.Empty(t, h.Done(200, "GET", "/api/followups/pending", h.Ours.Viewer, nil).List())
			history := h.Done(200, "GET", "/api/followups/history", h.Ours.Viewer, nil).List()
			require.Len(t, history, 1)
			require.Equal(t, reason, history[0].(object)["cancelReason"])
			require.Contains(t, history[0].(object)["rule"].(object)["name"], "Follow-up do assistente")
		})
	}
}
