package authoring

import (
	"github.com/danielgtaylor/huma/v2"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/web"
)

// modelShape is what callers send for a new model; the format's own parser checks it. A change clears with null
// what is tagged so.
type modelShape struct {
	Name       string                   `json:"name" doc:"nome interno"`
	ChannelID  string                   `json:"channelId" doc:"conexão por onde as mensagens saem"`
	StartTime  *string                  `json:"startTime,omitempty" nullable:"true" clears:"true" doc:"hora local HH:MM; null conta da inscrição"`
	OnReply    flows.OnReply            `json:"onReply,omitempty" enum:"continue,stop,restart"`
	IsActive   *bool                    `json:"isActive,omitempty" doc:"true se não for dado"`
	ExitIf     string                   `json:"exitIf,omitempty" clears:"true" doc:"condição que encerra"`
	Conditions *followup.ExitConditions `json:"conditions,omitempty" clears:"true"`
	Messages   []followup.ModelMessage  `json:"messages,omitempty"`
}

// modelPatch is what callers send to change a model: what is not named stays.
type modelPatch struct{}

// TransformSchema is the shape with nothing required.
func (modelPatch) TransformSchema(r huma.Registry, _ *huma.Schema) *huma.Schema {
	return web.Optional[modelShape](r)
}

// messagePatch is what callers send to change a message.
type messagePatch struct{}

// TransformSchema is the message with nothing required.
func (messagePatch) TransformSchema(r huma.Registry, _ *huma.Schema) *huma.Schema {
	return web.Optional[followup.ModelMessage](r)
}
