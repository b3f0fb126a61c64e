package authoring

import (
	"context"
	"fmt"
	"slices"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// prepareConfig checks everything that can be checked before a configuration is saved, and gives the ids that it names
// their one form; channels are the tenant's. Its key is the assistant.
func (h *Handlers) prepareConfig(ctx context.Context, tenantID string, channels []chat.Channel, config *followup.Config, kept references) (prepared, error) {
	ready := prepared{active: config.Active()}
	if err := config.Validate(); err != nil {
		return ready, err
	}
	if err := checkTemplates(templatesOfConfig(*config, nil)); err != nil {
		return ready, err
	}
	assistant, err := h.assistantOf(ctx, tenantID, config.AssistantID)
	switch {
	case fault.Is(err, fault.Invalid) && kept.keepsAssistant(config.AssistantID):
		ready.name = kept.name
		ready.warnings = append(ready.warnings, "o assistente foi removido: nada é escrito até que assistant_id seja outro")
	case err != nil:
		return ready, err
	default:
		config.AssistantID, ready.name = assistant.ID, followup.ConfigName(assistant.Name)
	}
	config.OfficialSteps = slices.Clone(config.OfficialSteps)
	for i, entry := range config.OfficialSteps {
		place := channelAmong(channels, entry.ChannelID)
		switch {
		case place >= 0:
			config.OfficialSteps[i].ChannelID = channels[place].ID
		case kept.keepsChannel(entry.ChannelID):
			ready.warnings = append(ready.warnings, fmt.Sprintf("official_steps[%d]: o canal foi removido", i))
		default:
			return ready, fault.Field(fmt.Sprintf("official_steps[%d].channel_id", i), "canal não encontrado")
		}
	}
	ready.key = config.AssistantID
	if ready.body, err = h.bodyOf(flows.ConfigDocument, config); err != nil {
		return ready, err
	}
	templates, err := h.templateWarnings(ctx, templatesOfConfig(*config, channels))
	windowed := slices.DeleteFunc(slices.Clone(channels), func(c chat.Channel) bool { return !h.HasWindow(c) })
	ready.warnings = slices.Concat(ready.warnings, config.Warnings(windowed), templates)
	return ready, err
}

// assistantOf finds the tenant's assistant that a body names.
func (h *Handlers) assistantOf(ctx context.Context, tenantID, named string) (chat.Assistant, error) {
	ref, understood := chat.ParseRef(named)
	if understood && ref.ID != "" {
		assistant, err := h.Store.Assistant(ctx, tenantID, ref.ID)
		if !fault.Is(err, fault.NotFound) {
			return assistant, err
		}
	}
	return chat.Assistant{}, fault.Field("assistant_id", "assistente não encontrado")
}
