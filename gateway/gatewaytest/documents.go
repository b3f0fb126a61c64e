package gatewaytest

import (
	"maps"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// Assistant makes an assistant of a tenant.
func (h *House) Assistant(who *Tenant, change Object) Answer {
	h.T.Helper()
	body := Object{"name": "Bia"}
	for name, value := range change {
		body[name] = value
	}
	return h.Done(201, "POST", "/api/assistants", who.Admin, body)
}

// NewRule is the body of followups-api.md's example, for whoever it is; changes are laid over it.
func NewRule(who *Tenant, changes Object) Object {
	body := Object{
		"name": "Reengajamento 24h", "instanceId": who.Channel.ID, "triggerType": "NO_RESPONSE", "triggerValue": 24, "triggerUnit": "hours",
		"message": "Olá! Notei que não tivemos retorno. Posso ajudar com algo?", "isActive": true, "maxAttempts": 3,
		"conditions": Object{"excludeTags": []string{"Não Incomodar"}, "includeFunnelStages": []string{"Qualificação", "Negociação"}},
	}
	maps.Copy(body, changes)
	return body
}

const RulesPath = "/api/followups/rules"

// Rule makes a rule of a tenant.
func (h *House) Rule(who *Tenant, changes Object) Answer {
	h.T.Helper()
	return h.Done(201, "POST", RulesPath, who.Admin, NewRule(who, changes))
}

// Without is a body that lacks a field.
func Without(body Object, name string) Object {
	delete(body, name)
	return body
}

const ConfigsPath = "/backend/followup/configs"

// NewConfig is the body of assistant-followup.md's example, for an assistant and a channel; changes are laid over it.
func NewConfig(assistantID string, channel chat.Channel, changes Object) Object {
	body := Object{
		"assistant_id": assistantID, "trigger_status_ids": []any{"uuid-status-1", "uuid-status-2"},
		"steps": []any{
			Object{"interval": "PT30M", "prompt": "Send a friendly message asking if the lead needs help"},
			Object{"interval": "PT2H", "prompt": "Reinforce the product value and offer a demo"},
		},
		"official_steps": []any{Object{
			"channel_id": channel.ID, "channel_name": "WhatsApp Business", "app_id": "gupshup_app_12345",
			"steps": []any{Object{"interval": "P1D", "template_name": "lembrete", "template_language": "pt_BR", "template_params": []any{"{{LEAD_FIRSTNAME}}", "Leavo"}}},
		}},
		"is_active": true,
	}
	maps.Copy(body, changes)
	return body
}

// Config makes the configuration of a new assistant.
func (h *House) Config(who *Tenant, changes Object) Configured {
	h.T.Helper()
	assistant := h.Assistant(who, nil).Text("id")
	if given, has := changes["assistant_id"]; has {
		assistant = given.(string)
	}
	found := h.Done(201, "POST", ConfigsPath, who.Admin, NewConfig(assistant, who.Channel, changes))
	return Configured{found}
}

// AllConfigs is the plain list of a tenant's configurations.
func (h *House) AllConfigs() []any {
	h.T.Helper()
	all, isList := h.Done(200, "GET", ConfigsPath+"/tenant/"+h.Ours.ID, h.Ours.Viewer, nil).Whole.([]any)
	require.True(h.T, isList, "without an envelope")
	return all
}

// Configured is an answer without an envelope.
type Configured struct{ Answer }

// Text is a text by its name.
func (c Configured) Text(name string) string {
	text, _ := c.Body[name].(string)
	return text
}

const SchedulePath = "/api/followups/schedule"

const ReplyPath = "/api/actions/generate-reply"
