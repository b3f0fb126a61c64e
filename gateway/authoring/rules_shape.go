package authoring

import (
	"github.com/danielgtaylor/huma/v2"

	"retoma/flows/followup"
	"retoma/gateway/web"
)

// ruleShape is what callers send for a new rule; the format's own parser checks it. A change clears with null
// what is tagged so.
type ruleShape struct {
	Name         string                               `json:"name"`
	InstanceID   *string                              `json:"instanceId,omitempty" nullable:"true" clears:"true" doc:"null: todas as instâncias"`
	TriggerType  followup.TriggerType                 `json:"triggerType" enum:"NO_RESPONSE,STAGE_ENTERED,TAG_ADDED,DEAL_CREATED,CUSTOM"`
	TriggerValue float64                              `json:"triggerValue" doc:"maior que zero, até um ano"`
	TriggerUnit  followup.TriggerUnit                 `json:"triggerUnit" enum:"minutes,hours,days"`
	Message      string                               `json:"message,omitempty" clears:"true" maxLength:"4096" doc:"1 a 4096 caracteres, com {{variáveis}}; pode faltar se houver anexo ou template"`
	Attachment   web.OrNull[followup.ModelAttachment] `json:"attachment,omitempty" clears:"true"`
	Template     web.OrNull[followup.ModelTemplate]   `json:"template,omitempty" clears:"true" doc:"vai no lugar da mensagem quando a janela de 24 horas está fechada"`
	IsActive     *bool                                `json:"isActive,omitempty" nullable:"true" doc:"true se não for dado"`
	MaxAttempts  *int                                 `json:"maxAttempts,omitempty" nullable:"true" minimum:"1" maximum:"20" doc:"1 se não for dado"`
	KeepInWindow bool                                 `json:"keepInWindow,omitempty" doc:"traz para dentro da janela o que cairia até 2 horas depois dela"`
	Conditions   web.OrNull[ruleConditionsShape]      `json:"conditions,omitempty" clears:"true"`
}

type ruleConditionsShape struct {
	ExcludeTags         []string `json:"excludeTags,omitempty" maxItems:"50" doc:"não vale para quem tem uma destas etiquetas"`
	IncludeTags         []string `json:"includeTags,omitempty" maxItems:"50" doc:"só para quem tem uma destas; em TAG_ADDED, a etiqueta adicionada"`
	IncludeFunnelStages []string `json:"includeFunnelStages,omitempty" maxItems:"50" doc:"só em um destes estágios; em STAGE_ENTERED, o estágio em que entrou"`
	Event               string   `json:"event,omitempty" doc:"só em CUSTOM: o evento da plataforma que inicia"`
	Expr                string   `json:"expr,omitempty" doc:"condição própria (expr-lang)"`
}

// rulePatch is what callers send to change a rule: what is not named stays.
type rulePatch struct{}

// TransformSchema is the shape with nothing required.
func (rulePatch) TransformSchema(r huma.Registry, _ *huma.Schema) *huma.Schema {
	return web.Optional[ruleShape](r)
}
