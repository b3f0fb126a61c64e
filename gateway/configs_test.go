package gateway_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

const configsPath = "/backend/followup/configs"

// newConfig is the body of assistant-followup.md's example, for an assistant and a channel; changes are laid over it.
func newConfig(assistantID string, channel chat.Channel, changes object) object {
	body := object{
		"assistant_id": assistantID, "trigger_status_ids": []any{"uuid-status-1", "uuid-status-2"},
		"steps": []any{
			object{"interval": "PT30M", "prompt": "Send a friendly message asking if the lead needs help"},
			object{"interval": "PT2H", "prompt": "Reinforce the product value and offer a demo"},
		},
		"official_steps": []any{object{
			"channel_id": channel.ID, "channel_name": "WhatsApp Business", "app_id": "gupshup_app_12345",
			"steps": []any{object{"interval": "P1D", "template_name": "lembrete", "template_language": "pt_BR", "template_params": []any{"{{LEAD_FIRSTNAME}}", "Leavo"}}},
		}},
		"is_active": true,
	}
	maps.Copy(body, changes)
	return body
}

// config makes the configuration of a new assistant.
func (h *house) config(who *tenant, changes object) configured {
	h.t.Helper()
	assistant := h.assistant(who, nil).text("id")
	if given, has := changes["assistant_id"]; has {
		assistant = given.(string)
	}
	found := h.done(201, "POST", configsPath, who.admin, newConfig(assistant, who.channel, changes))
	return configured{found}
}

// configured is an answer without an envelope.
type configured struct{ answer }

func (c configured) text(name string) string {
	text, _ := c.body[name].(string)
	return text
}

// allConfigs is the plain list of a tenant's configurations.
func (h *house) allConfigs() []any {
	h.t.Helper()
	all, isList := h.done(200, "GET", configsPath+"/tenant/"+h.ours.id, h.ours.viewer, nil).whole.([]any)
	require.True(h.t, isList, "without an envelope")
	return all
}

func TestAConfigIsShownAsTheContractSays(t *testing.T) {
	h := newHouse(t)
	assistant := h.assistant(h.ours, nil).text("id")
	body := newConfig(assistant, h.ours.channel, nil)
	made := h.done(201, "POST", configsPath, h.ours.admin, body)
	want := maps.Clone(body)
	want["id"], want["tenant_id"] = made.body["id"], h.ours.id
	want["created_at"], want["updated_at"] = "2026-07-10T13:00:00Z", "2026-07-10T13:00:00Z"
	require.Equal(t, want, made.body, "no envelope, and no field beside those of the contract but updated_at")
	id := made.body["id"].(string)
	for _, path := range []string{"/" + id, "/1", "/assistant/" + assistant} {
		require.Equal(t, want, h.done(200, "GET", configsPath+path, h.ours.viewer, nil).body)
	}
	require.Equal(t, []any{want}, h.allConfigs())

	again := h.done(200, "PUT", configsPath+"/"+id, h.ours.admin, made.body)
	require.Equal(t, want, again.body, "what was shown can be sent back as it came")
}

func TestWhatAConfigMayLeaveOut(t *testing.T) {
	h := newHouse(t)
	made := h.config(h.ours, object{"official_steps": nil, "is_active": nil, "keepInWindow": true,
		"steps": []any{object{"interval": "P1D", "template_name": "lembrete", "template_params": []any{"a", "b"}}}})
	require.Equal(t, true, made.body["is_active"])
	require.Equal(t, true, made.body["keep_in_window"])
	require.Equal(t, []any{}, made.body["official_steps"])
	require.Equal(t, "pt_BR", made.body["steps"].([]any)[0].(object)["template_language"])
	only := h.config(h.ours, object{"steps": nil, "official_steps": []any{object{"channel_id": strings.ToUpper(h.ours.channel.ID), "steps": []any{object{"interval": "PT45M", "prompt": "Oi"}}}}})
	require.Equal(t, []any{}, only.body["steps"])
	entry := only.body["official_steps"].([]any)[0].(object)
	require.Equal(t, h.ours.channel.ID, entry["channel_id"])
	require.Equal(t, "Vendas", entry["channel_name"], "the channel's own name")
	require.Empty(t, entry["app_id"])
	late := h.config(h.ours, object{"official_steps": nil, "steps": []any{object{"interval": "PT20H", "prompt": "Oi"}, object{"interval": "PT20H", "prompt": "Oi"}}})
	require.Contains(t, late.body["warnings"].([]any)[0], `passo 2 no canal "Vendas"`)
	missing := h.config(h.ours, object{"steps": []any{object{"interval": "P1D", "template_name": "inexistente"}}})
	require.Contains(t, missing.body["warnings"].([]any)[0], `steps[0]: o template "inexistente"`)
}

func TestEveryFieldOfAConfigWrongInEveryWay(t *testing.T) {
	h := newHouse(t)
	ours, theirs := h.assistant(h.ours, nil).text("id"), h.assistant(h.theirs, nil).text("id")
	with := func(changes object) object { return newConfig(ours, h.ours.channel, changes) }
	step := func(s object) object {
		whole := object{"interval": "PT30M", "prompt": "oi"}
		maps.Copy(whole, s)
		return with(object{"steps": []any{whole}, "official_steps": nil})
	}
	official := func(o object) object {
		whole := object{"channel_id": h.ours.channel.ID, "steps": []any{object{"interval": "P1D", "template_name": "lembrete"}}}
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
		{"assistant_id", "Required", without(with(nil), "assistant_id")},
		{"assistant_id", "Required", with(object{"assistant_id": nil})},
		{"assistant_id", "tipo errado", with(object{"assistant_id": 1})},
		{"assistant_id", "assistente não encontrado", with(object{"assistant_id": "x"})},
		{"assistant_id", "assistente não encontrado", with(object{"assistant_id": chat.NewID()})},
		{"assistant_id", "assistente não encontrado", with(object{"assistant_id": theirs})},
		{"trigger_status_ids", "Required", without(with(nil), "trigger_status_ids")},
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
		{"official_steps[0].channel_id", "canal não encontrado", official(object{"channel_id": h.theirs.channel.ID})},
		{"official_steps[1].channel_id", "canal repetido", with(object{"official_steps": []any{object{"channel_id": h.ours.channel.ID}, object{"channel_id": h.ours.channel.ID}}})},
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
		{"tenant_id", "não é a sua empresa", with(object{"tenant_id": h.theirs.id})},
		{"tenant_id", "não é a sua empresa", with(object{"tenant_id": 7})},
		{"assistantId", "campo desconhecido", with(object{"assistantId": "x"})},
	}
	before := h.dump()
	for _, test := range tests {
		found := h.refused(400, "Erro de validação: ", "POST", configsPath, h.ours.admin, test.body)
		require.Equal(t, test.field, found.body["field"], found.raw)
		require.Contains(t, found.body["error"], test.text)
	}
	h.refused(400, "id: é dado pelo retoma", "POST", configsPath, h.ours.admin, with(object{"id": chat.NewID()}))
	require.Equal(t, before, h.dump())

	h.config(h.ours, object{"assistant_id": ours})
	before = h.dump()
	for _, test := range tests {
		body, isObject := test.body.(object)
		if _, given := body[strings.FieldsFunc(test.field, func(r rune) bool { return r == '.' || r == '[' })[0]]; !isObject || !given {
			continue
		}
		found := h.refused(400, "Erro de validação: ", "PUT", configsPath+"/1", h.ours.admin, body)
		require.Equal(t, test.field, found.body["field"], found.raw)
	}
	h.refused(400, "id: não é o desta configuração", "PUT", configsPath+"/1", h.ours.admin, object{"id": chat.NewID()})
	require.Equal(t, before, h.dump())
}

func TestAChangeOfAConfigKeepsWhatItDoesNotName(t *testing.T) {
	h := newHouse(t)
	before := h.config(h.ours, nil).body
	h.advance(time.Hour)
	changed := h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"trigger_status_ids": []any{"novo"}}).body
	want := maps.Clone(before)
	want["trigger_status_ids"], want["updated_at"] = []any{"novo"}, "2026-07-10T14:00:00Z"
	require.Equal(t, want, changed)
	changed = h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"official_steps": nil}).body
	require.Equal(t, []any{}, changed["official_steps"])
	h.refused(400, "steps: Required", "PUT", configsPath+"/1", h.ours.admin, object{"steps": nil})
	for _, id := range []string{"2", "x", chat.NewID()} {
		h.refused(404, "Configuração de follow-up não encontrada", "PUT", configsPath+"/"+id, h.ours.admin, object{"is_active": false})
		h.refused(404, "Configuração de follow-up não encontrada", "GET", configsPath+"/"+id, h.ours.admin, nil)
		h.refused(404, "Configuração de follow-up não encontrada", "DELETE", configsPath+"/"+id, h.ours.admin, nil)
		h.refused(404, "Configuração de follow-up não encontrada", "GET", configsPath+"/assistant/"+id, h.ours.admin, nil)
		h.refused(404, "Empresa não encontrada", "GET", configsPath+"/tenant/"+id, h.ours.admin, nil)
	}
	h.refused(403, "", "DELETE", configsPath+"/1", h.ours.operator, nil)
}

func TestAnAssistantHasOneConfig(t *testing.T) {
	h := newHouse(t)
	first := h.config(h.ours, nil)
	taken := "Este assistente já tem uma configuração de follow-up"
	h.refused(409, taken, "POST", configsPath, h.ours.admin, newConfig(first.text("assistant_id"), h.ours.channel, nil))
	second := h.config(h.ours, nil)
	h.refused(409, taken, "PUT", configsPath+"/"+second.text("id"), h.ours.admin, object{"assistant_id": first.text("assistant_id")})
	require.Len(t, h.allConfigs(), 2)
	found := h.done(204, "DELETE", configsPath+"/"+first.text("id"), h.ours.admin, nil)
	require.Empty(t, found.raw)
	h.refused(404, "Configuração", "GET", configsPath+"/assistant/"+first.text("assistant_id"), h.ours.admin, nil)
	h.done(200, "PUT", configsPath+"/"+second.text("id"), h.ours.admin, object{"assistant_id": first.text("assistant_id")})
	require.Equal(t, second.text("id"), h.done(200, "GET", configsPath+"/assistant/"+first.text("assistant_id"), h.ours.viewer, nil).body["id"])
	h.done(201, "POST", configsPath, h.ours.admin, newConfig(second.text("assistant_id"), h.ours.channel, nil))
}

func TestWhatEndsTheFollowUpsOfAConfig(t *testing.T) {
	for reason, end := range map[string]func(h *house){
		"configuração desativada": func(h *house) {
			require.Equal(h.t, false, h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"is_active": false}).body["is_active"])
		},
		"configuração removida": func(h *house) { h.done(204, "DELETE", configsPath+"/1", h.ours.admin, nil) },
		"a configuração passou a outro assistente": func(h *house) {
			h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"assistant_id": h.assistant(h.ours, nil).text("id")})
		},
	} {
		t.Run(reason, func(t *testing.T) {
			h := newHouse(t)
			id := h.config(h.ours, nil).text("id")
			ref := h.customerWrote(h.ours, "5511999999999")
			conversation, err := h.store.ConversationOn(t.Context(), h.ours.id, ref.ContactID, h.ours.channel.ID)
			require.NoError(t, err)
			h.followUp(h.ours, id, ref, conversation.ID)
			h.done(200, "PUT", configsPath+"/1", h.ours.admin, object{"steps": []any{object{"interval": "PT1H", "prompt": "Outro"}}})
			require.Len(t, h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list(), 1, "a changed step ends nothing")
			end(h)
			require.Empty(t, h.done(200, "GET", "/api/followups/pending", h.ours.viewer, nil).list())
			history := h.done(200, "GET", "/api/followups/history", h.ours.viewer, nil).list()
			require.Len(t, history, 1)
			require.Equal(t, reason, history[0].(object)["cancelReason"])
			require.Contains(t, history[0].(object)["rule"].(object)["name"], "Follow-up do assistente")
		})
	}
}
