package gateway

import (
	"context"
	"slices"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type changeModelIn struct {
	ID   string `path:"id"`
	Body document[modelPatch]
}

// changeModel changes what the body names. Messages without an id keep that of the message in their place, so that
// enrolled contacts stay where they are when a text is edited.
func (g *Gateway) changeModel(ctx context.Context, in *changeModelIn) (*Answer[modelView], error) {
	return g.editModel(ctx, in.ID, names(in.Body.raw, "channelId"), func(model *followup.Model) error {
		before := *model
		merged, err := patched[modelShape](before, in.Body.raw)
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
func (g *Gateway) editModel(ctx context.Context, id string, moved bool, edit func(*followup.Model) error) (*Answer[modelView], error) {
	found, err := g.modelAt(ctx, id)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := g.revise(ctx, found, func(d flows.Document, channels []chat.Channel) (revision, error) {
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
		ready, err := g.prepareModel(ctx, channels, &model, kept)
		made := revision{prepared: ready, removed: removedIDs(before.Messages, model.Messages)}
		if d.Active && !ready.active {
			made.stop = reasonModelInactive
		}
		return made, err
	})
	if err != nil {
		return nil, err
	}
	return g.answerModel(saved, warnings, 200)
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
func (g *Gateway) stopFlow(ctx context.Context, d flows.Document, reason string) error {
	_, err := g.Store.StopFlow(context.WithoutCancel(ctx), d.TenantID, d.ID, reason)
	return err
}

// deleteModel removes a model: what is pending is cancelled, the history stays.
func (g *Gateway) deleteModel(ctx context.Context, in *byID) (*Said, error) {
	found, err := g.modelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := g.deleteDocument(ctx, found, reasonModelDeleted); err != nil {
		return nil, err
	}
	return said("Modelo removido")
}

func (g *Gateway) deleteDocument(ctx context.Context, found flows.Document, reason string) error {
	deleted, err := g.Store.ChangeDocument(ctx, found.TenantID, found.ID, func(d *flows.Document) error {
		d.Active, d.DeletedAt = false, g.Now()
		return nil
	})
	if err != nil {
		return err
	}
	return g.stopFlow(ctx, deleted, reason)
}
