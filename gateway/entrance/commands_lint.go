package entrance

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/typebot"
)

// exportedFlow is a flow as Typebot exports it; the reader of exports says what is wrong with it.
type exportedFlow json.RawMessage

// UnmarshalJSON keeps a copy of the text.
func (e *exportedFlow) UnmarshalJSON(raw []byte) error {
	*e = append(exportedFlow(nil), raw...)
	return nil
}

// Schema says in the document what is accepted.
func (exportedFlow) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "o JSON que o Typebot exporta (Share, Export flow)"}
}

type lintIn struct {
	Body struct {
		Export    exportedFlow `json:"export"`
		ChannelID string       `json:"channelId,omitempty" doc:"usa as configurações deste canal"`
	}
}

// lintTypebot looks at an exported flow: every command with its place, and what is wrong, against the tenant's own models and
// settings. Nothing is carried out or stored.
func (h *Handlers) lintTypebot(ctx context.Context, in *lintIn) (*web.Answer[typebot.Lint], error) {
	if len(in.Body.Export) == 0 {
		return nil, fault.Required("export")
	}
	tenant, err := h.Store.Tenant(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	rules := commandRules(tenant.Settings.Typebot, chat.Channel{})
	if in.Body.ChannelID != "" {
		channel, err := h.OwnChannel(ctx, tenant.ID, "channelId", in.Body.ChannelID)
		if err != nil {
			return nil, err
		}
		rules = commandRules(tenant.Settings.Typebot, channel)
	}
	models, err := h.Store.Documents(ctx, tenant.ID, flows.ModelDocument)
	if err != nil {
		return nil, err
	}
	options := typebot.LintOptions{Rules: rules, Models: []string{}}
	for _, model := range models {
		options.Models = append(options.Models, model.ID, strconv.FormatInt(model.Number, 10), model.Name)
	}
	found, err := typebot.LintExport(in.Body.Export, options)
	if err != nil {
		return nil, err
	}
	return web.OK(found)
}
