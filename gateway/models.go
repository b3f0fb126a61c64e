package gateway

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type modelStore interface {
	Document(ctx context.Context, tenantID string, kind flows.DocumentKind, ref chat.Ref) (flows.Document, error)
	Documents(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Document, error)
	CreateDocument(ctx context.Context, d flows.Document) (flows.Document, error)
	ChangeDocument(ctx context.Context, tenantID, id string, change func(*flows.Document) error) (flows.Document, error)
	StopFlow(ctx context.Context, tenantID, flowID, reason string) (stopped int, err error)
	StopFlowElsewhere(ctx context.Context, tenantID, flowID, channelID, reason string) (stopped int, err error)
	Enrolments(ctx context.Context, tenantID, flowID string, page chat.Page) ([]flows.Enrolled, error)
	FlowCounts(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Counts, error)
}

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
	StartTime  orNull[string]           `json:"startTime"`
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

func (g *Gateway) viewModel(d flows.Document) (modelView, error) {
	model, err := followup.ParseModel(d.Body)
	if err != nil {
		return modelView{}, fault.Wrap(fault.Internal, err, "modelo %s ilegível", d.ID)
	}
	view := modelView{
		ID: d.ID, Number: d.Number, Name: d.Name, ChannelID: d.ChannelID, StartTime: orNull[string]{value: model.StartTime},
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
func (g *Gateway) listModels(ctx context.Context, in *modelsIn) (*Answer[[]modelView], error) {
	all, err := g.Store.Documents(ctx, tenantOf(ctx), flows.ModelDocument)
	if err != nil {
		return nil, err
	}
	part, next := pageOf(all, in.page(), func(d flows.Document) string { return d.ID })
	views := make([]modelView, len(part))
	for i, d := range part {
		if views[i], err = g.viewModel(d); err != nil {
			return nil, err
		}
	}
	return &Answer[[]modelView]{Status: 200, Body: Success[[]modelView]{Success: true, Data: views, NextCursor: next}}, nil
}

func (g *Gateway) getModel(ctx context.Context, in *byID) (*Answer[modelView], error) {
	found, err := g.modelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return g.answerModel(found, nil, 200)
}

func (g *Gateway) answerModel(d flows.Document, warnings []string, status int) (*Answer[modelView], error) {
	view, err := g.viewModel(d)
	if err != nil {
		return nil, err
	}
	view.Warnings = warnings
	return with(status, view)
}

// modelAt finds the model that a path names.
func (g *Gateway) modelAt(ctx context.Context, id string) (flows.Document, error) {
	ref, err := pathRef(id, modelMissing)
	if err != nil {
		return flows.Document{}, err
	}
	model, err := g.Store.Document(ctx, tenantOf(ctx), flows.ModelDocument, ref)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, modelMissing)
	}
	return model, err
}

type createModelIn struct {
	Body document[modelShape]
}

// createModel saves a new model.
func (g *Gateway) createModel(ctx context.Context, in *createModelIn) (*Answer[modelView], error) {
	model, err := followup.ParseModel(in.Body.raw)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := g.create(ctx, flows.ModelDocument, func(channels []chat.Channel) (prepared, error) {
		return g.prepareModel(ctx, channels, &model, references{})
	})
	if err != nil {
		return nil, err
	}
	return g.answerModel(saved, warnings, 201)
}

// prepareModel checks everything that can be checked before a model is saved, and gives its channel and its messages their
// ids; channels are the tenant's.
func (g *Gateway) prepareModel(ctx context.Context, channels []chat.Channel, model *followup.Model, kept references) (prepared, error) {
	if err := model.Validate(); err != nil {
		return prepared{}, err
	}
	if err := checkTemplates(templatesOfModel(*model, nil)); err != nil {
		return prepared{}, err
	}
	if err := g.checkAttachments(ctx, tenantOf(ctx), attachmentsOfModel(*model)); err != nil {
		return prepared{}, err
	}
	place := channelAmong(channels, model.ChannelID)
	if place < 0 && !kept.keepsChannel(model.ChannelID) {
		return prepared{}, fault.Field("channelId", "canal não encontrado")
	}
	if place >= 0 {
		model.ChannelID = channels[place].ID
	}
	*model = model.WithIDs(g.NewID)
	if err := model.Validate(); err != nil {
		return prepared{}, err
	}
	ready := prepared{name: model.Name, channelID: model.ChannelID, active: model.Active()}
	var err error
	if ready.body, err = g.bodyOf(flows.ModelDocument, model); err != nil {
		return ready, err
	}
	if place < 0 {
		ready.warnings = []string{"o canal deste modelo foi removido: ele não envia nada até que channelId seja outro"}
		return ready, nil
	}
	templates, err := g.templateWarnings(ctx, templatesOfModel(*model, channels[place:place+1]))
	ready.warnings = append(model.Warnings(g.hasWindow(channels[place])), templates...)
	return ready, err
}
