package authoring

import (
	"context"
	"encoding/json"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The reasons with which follow-ups of a configuration are cancelled.
const (
	reasonConfigInactive  = "configuração desativada"
	reasonConfigDeleted   = "configuração removida"
	reasonConfigAssistant = "a configuração passou a outro assistente"
)

type changeConfigIn struct {
	ID   string `path:"id"`
	Body web.Document[configPatch]
}

// changeConfig changes what the body names.
func (h *Handlers) changeConfig(ctx context.Context, in *changeConfigIn) (*configAnswer, error) {
	found, err := h.configAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	patch, err := ownConfigMembers(in.Body.Raw, found.TenantID, found.ID)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := h.revise(ctx, found, func(d flows.Document, channels []chat.Channel) (revision, error) {
		before, config, err := changedConfig(d, patch)
		if err != nil {
			return revision{}, err
		}
		ready, err := h.prepareConfig(ctx, d.TenantID, channels, &config, keptOf(d, before, patch))
		made := revision{prepared: ready, removed: followup.RemovedNodes(before.Definition(), config.Definition())}
		switch {
		case d.Active && !ready.active:
			made.stop = reasonConfigInactive
		case before.AssistantID != config.AssistantID:
			made.stop = reasonConfigAssistant
		}
		return made, err
	})
	if fault.Is(err, fault.Conflict) {
		err = fault.New(fault.Conflict, configTaken)
	}
	if err != nil {
		return nil, orConfigMissing(err)
	}
	return h.answerConfig(ctx, saved, warnings, 200)
}

// keptOf are the references of a stored configuration that a change does not name.
func keptOf(d flows.Document, before followup.Config, patch json.RawMessage) references {
	var kept references
	if !names(patch, "assistant_id") {
		kept.assistant, kept.name = before.AssistantID, d.Name
	}
	if !names(patch, "official_steps") {
		for _, entry := range before.OfficialSteps {
			kept.channels = append(kept.channels, entry.ChannelID)
		}
	}
	return kept
}

// changedConfig lays a change over a stored configuration.
func changedConfig(d flows.Document, patch json.RawMessage) (before, after followup.Config, err error) {
	if before, err = followup.ParseConfig(d.Body); err != nil {
		return before, after, fault.Wrap(fault.Internal, err, "configuração %s ilegível", d.ID)
	}
	active := d.Active
	before.IsActive = &active
	merged, err := web.Patched[configShape](before, patch)
	if err != nil {
		return before, after, err
	}
	after, err = followup.ParseConfig(merged)
	return before, after, err
}

// deleteConfig removes a configuration: what is pending is cancelled, the history stays.
func (h *Handlers) deleteConfig(ctx context.Context, in *web.ByID) (*web.Nothing, error) {
	found, err := h.configAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &web.Nothing{}, orConfigMissing(h.deleteDocument(ctx, found, reasonConfigDeleted))
}
