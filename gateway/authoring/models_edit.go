package authoring

import (
	"context"
	"slices"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type changeModelIn struct {
	ID   string `path:"id"`
	Body web.Document[modelPatch]
}

// changeModel changes what the body names. Messages without an id keep that of the message in their place, so that
// enrolled contacts stay where they are when a text is edited.
func (h *Handlers) changeModel(ctx context.Context, in *changeModelIn) (*web.Answer[modelView], error) {
	return h.editModel(ctx, in.ID, names(in.Body.Raw, "channelId"), func(model *followup.Model) error {
		before := *model
		merged, err := web.Patched[modelShape](before, in.Body.Raw)
		if err != nil {
			return err
		}
		*model, err = followup.ParseModel(merged)
		keepIDs(before.Messages, model.Messages)
		return err
	})
}

// keepIDs gives messages without an id that of the earlier message in the same place, unless another one has it.
func keepIDs(before, after []followup.ModelMessage) {
	for i := range after {
		if after[i].ID != "" || i >= len(before) {
			continue
		}
		taken := slices.ContainsFunc(after, func(m followup.ModelMessage) bool { return m.ID == before[i].ID })
		if !taken {
			after[i].ID = before[i].ID
		}
	}
}

// editModel changes a model; moved tells that the change names its channel.
func (h *Handlers) editModel(ctx context.Context, id string, moved bool, edit func(*followup.Model) error) (*web.Answer[modelView], error) {
	found, err := h.modelAt(ctx, id)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := h.revise(ctx, found, func(d flows.Document, channels []chat.Channel) (revision, error) {
		before, err := followup.ParseModel(d.Body)
		if err != nil {
			return revision{}, fault.Wrap(fault.Internal, err, "modelo %s ilegível", d.ID)
		}
		before.IsActive = &d.Active
		model := before
		if err := edit(&model); err != nil {
			return revision{}, err
		}
		var kept references
		if !moved {
			kept.channels = []string{before.ChannelID}
		}
		ready, err := h.prepareModel(ctx, channels, &model, kept)
		made := revision{prepared: ready, removed: removedIDs(before.Messages, model.Messages)}
		if d.Active && !ready.active {
			made.stop = reasonModelInactive
		}
		return made, err
	})
	if err != nil {
		return nil, err
	}
	return h.answerModel(saved, warnings, 200)
}

func removedIDs(before, after []followup.ModelMessage) []string {
	var removed []string
	for _, message := range before {
		if !slices.ContainsFunc(after, func(m followup.ModelMessage) bool { return m.ID == message.ID }) {
			removed = append(removed, message.ID)
		}
	}
	return removed
}

// stopFlow ends what waits in a flow that was turned off. It goes on when the caller has gone.
func (h *Handlers) stopFlow(ctx context.Context, d flows.Document, reason string) error {
	_, err := h.Store.StopFlow(context.WithoutCancel(ctx), d.TenantID, d.ID, reason)
	return err
}

// deleteModel removes a model: what is pending is cancelled, the history stays.
func (h *Handlers) deleteModel(ctx context.Context, in *web.ByID) (*web.Said, error) {
	found, err := h.modelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.deleteDocument(ctx, found, reasonModelDeleted); err != nil {
		return nil, err
	}
	return web.Say("Modelo removido")
}

func (h *Handlers) deleteDocument(ctx context.Context, found flows.Document, reason string) error {
	deleted, err := h.Store.ChangeDocument(ctx, found.TenantID, found.ID, func(d *flows.Document) error {
		d.Active, d.DeletedAt = false, h.Now()
		return nil
	})
	if err != nil {
		return err
	}
	return h.stopFlow(ctx, deleted, reason)
}
