package authoring

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The reasons with which contacts leave a model that is no more.
const (
	reasonModelInactive = "modelo desativado"
	reasonModelDeleted  = "modelo removido"
)

// modelView is a follow-up model as it is shown (api.md, Things).
type modelView struct {
	ID         string                   `json:"id"`
	Number     int64                    `json:"number"`
	Name       string                   `json:"name"`
	ChannelID  string                   `json:"channelId"`
	StartTime  web.OrNull[string]       `json:"startTime"`
	OnReply    flows.OnReply            `json:"onReply" enum:"continue,stop,restart"`
	IsActive   bool                     `json:"isActive"`
	ExitIf     string                   `json:"exitIf,omitempty"`
	Conditions *followup.ExitConditions `json:"conditions,omitempty"`
	Messages   []followup.ModelMessage  `json:"messages"`
	CreatedAt  time.Time                `json:"createdAt"`
	UpdatedAt  time.Time                `json:"updatedAt"`
	// Warnings tell what was saved but will probably not work.
	Warnings []string `json:"warnings,omitempty"`
}

func (h *Handlers) viewModel(d flows.Document) (modelView, error) {
	model, err := followup.ParseModel(d.Body)
	if err != nil {
		return modelView{}, fault.Wrap(fault.Internal, err, "modelo %s ilegível", d.ID)
	}
	view := modelView{
		ID: d.ID, Number: d.Number, Name: d.Name, ChannelID: d.ChannelID, StartTime: web.OrNull[string]{Value: model.StartTime},
		OnReply: model.OnReply, IsActive: d.Active, ExitIf: model.ExitIf, Conditions: model.Conditions, Messages: model.Messages,
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(),
	}
	if view.OnReply == "" {
		view.OnReply = flows.ReplyContinue
	}
	if view.Messages == nil {
		view.Messages = []followup.ModelMessage{}
	}
	return view, nil
}

// listModels shows the models, oldest first.
func (h *Handlers) listModels(ctx context.Context, in *web.Paged) (*web.Answer[[]modelView], error) {
	all, err := h.Store.Documents(ctx, web.TenantOf(ctx), flows.ModelDocument)
	if err != nil {
		return nil, err
	}
	part, next := web.PageOf(all, in.Page(), func(d flows.Document) string { return d.ID })
	views := make([]modelView, len(part))
	for i, d := range part {
		if views[i], err = h.viewModel(d); err != nil {
			return nil, err
		}
	}
	return &web.Answer[[]modelView]{Status: 200, Body: web.Success[[]modelView]{Success: true, Data: views, NextCursor: next}}, nil
}

func (h *Handlers) getModel(ctx context.Context, in *web.ByID) (*web.Answer[modelView], error) {
	found, err := h.modelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.answerModel(found, nil, 200)
}

func (h *Handlers) answerModel(d flows.Document, warnings []string, status int) (*web.Answer[modelView], error) {
	view, err := h.viewModel(d)
	if err != nil {
		return nil, err
	}
	view.Warnings = warnings
	return web.With(status, view)
}

// modelAt finds the model that a path names.
func (h *Handlers) modelAt(ctx context.Context, id string) (flows.Document, error) {
	ref, err := web.PathRef(id, briefs.ModelMissing)
	if err != nil {
		return flows.Document{}, err
	}
	model, err := h.Store.Document(ctx, web.TenantOf(ctx), flows.ModelDocument, ref)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, briefs.ModelMissing)
	}
	return model, err
}

type createModelIn struct {
	Body web.Document[modelShape]
}

// createModel saves a new model.
func (h *Handlers) createModel(ctx context.Context, in *createModelIn) (*web.Answer[modelView], error) {
	model, err := followup.ParseModel(in.Body.Raw)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := h.create(ctx, flows.ModelDocument, func(channels []chat.Channel) (prepared, error) {
		return h.prepareModel(ctx, channels, &model, references{})
	})
	if err != nil {
		return nil, err
	}
	return h.answerModel(saved, warnings, 201)
}

// prepareModel checks everything that can be checked before a model is saved, and gives its channel and its messages their
// ids; channels are the tenant's.
func (h *Handlers) prepareModel(ctx context.Context, channels []chat.Channel, model *followup.Model, kept references) (prepared, error) {
	if err := model.Validate(); err != nil {
		return prepared{}, err
	}
	if err := checkTemplates(templatesOfModel(*model, nil)); err != nil {
		return prepared{}, err
	}
	if err := h.CheckAttachments(ctx, web.TenantOf(ctx), attachmentsOfModel(*model)); err != nil {
		return prepared{}, err
	}
	place := channelAmong(channels, model.ChannelID)
	if place < 0 && !kept.keepsChannel(model.ChannelID) {
		return prepared{}, fault.Field("channelId", "canal não encontrado")
	}
	if place >= 0 {
		model.ChannelID = channels[place].ID
	}
	*model = model.WithIDs(h.NewID)
	if err := model.Validate(); err != nil {
		return prepared{}, err
	}
	ready := prepared{name: model.Name, channelID: model.ChannelID, active: model.Active()}
	var err error
	if ready.body, err = h.bodyOf(flows.ModelDocument, model); err != nil {
		return ready, err
	}
	if place < 0 {
		ready.warnings = []string{"o canal deste modelo foi removido: ele não envia nada até que channelId seja outro"}
		return ready, nil
	}
	templates, err := h.templateWarnings(ctx, templatesOfModel(*model, channels[place:place+1]))
	ready.warnings = append(model.Warnings(h.HasWindow(channels[place])), templates...)
	return ready, err
}
