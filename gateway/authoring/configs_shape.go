package authoring

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"retoma/gateway/web"
)

// configShape is what callers send for a new configuration; the format's own parser checks it. What retoma says itself may
// be sent back as it came. A change clears with null what is tagged so.
type configShape struct {
	AssistantID      string                        `json:"assistant_id"`
	TriggerStatusIDs []string                      `json:"trigger_status_ids" minItems:"1" maxItems:"50" doc:"os status que iniciam; um status fora da lista encerra"`
	Steps            web.OrNull[[]configStepShape] `json:"steps,omitempty" clears:"true" doc:"em todos os canais, no máximo 3"`
	OfficialSteps    web.OrNull[[]officialShape]   `json:"official_steps,omitempty" clears:"true" doc:"depois deles, os do canal da conversa; no máximo 3 ao todo em cada canal"`
	IsActive         *bool                         `json:"is_active,omitempty" nullable:"true" doc:"true se não for dado"`
	KeepInWindow     bool                          `json:"keep_in_window,omitempty" doc:"traz para dentro da janela o que cairia até 2 horas depois dela"`
	KeepInWindow2    *bool                         `json:"keepInWindow,omitempty" nullable:"true" doc:"o mesmo que keep_in_window"`
	ID               string                        `json:"id,omitempty" doc:"só em uma alteração, e só o próprio"`
	TenantID         string                        `json:"tenant_id,omitempty" doc:"só o próprio"`
	CreatedAt        *time.Time                    `json:"created_at,omitempty" doc:"não é lido"`
	UpdatedAt        *time.Time                    `json:"updated_at,omitempty" doc:"não é lido"`
	Warnings         []string                      `json:"warnings,omitempty" doc:"não é lido"`
}

type configStepShape struct {
	Interval         string   `json:"interval" doc:"ISO 8601, no mínimo PT30M; a partir de P1D é preciso um template"`
	Prompt           string   `json:"prompt,omitempty" maxLength:"8000" doc:"o que o assistente deve escrever"`
	Fallback         string   `json:"fallback,omitempty" maxLength:"4096" doc:"o que vai se o assistente não escrever nada aproveitável"`
	TemplateName     string   `json:"template_name,omitempty" maxLength:"512"`
	TemplateLanguage string   `json:"template_language,omitempty" maxLength:"20" doc:"pt_BR se não for dado"`
	TemplateParams   []string `json:"template_params,omitempty" maxItems:"20" doc:"{{LEAD_NAME}}, {{LEAD_FIRSTNAME}}, {{LEAD_NUMBER}}, {{COMPANY_NAME}}, {{LEAD_FIELD_<CAMPO>}}, ou variáveis do retoma"`
}

type officialShape struct {
	ChannelID   string                        `json:"channel_id"`
	ChannelName string                        `json:"channel_name,omitempty" maxLength:"200"`
	AppID       string                        `json:"app_id,omitempty" maxLength:"200"`
	Steps       web.OrNull[[]configStepShape] `json:"steps,omitempty"`
}

// configPatch is what callers send to change a configuration: what is not named stays.
type configPatch struct{}

// TransformSchema is the shape with nothing required.
func (configPatch) TransformSchema(r huma.Registry, _ *huma.Schema) *huma.Schema {
	return web.Optional[configShape](r)
}
