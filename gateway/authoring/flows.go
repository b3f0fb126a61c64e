package authoring

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	flowMissing        = "Fluxo não encontrado"
	reasonFlowInactive = "fluxo desativado"
	reasonFlowDeleted  = "fluxo removido"
)

type flowView struct {
	ID         string          `json:"id"`
	Number     int64           `json:"number"`
	Key        string          `json:"key,omitempty"`
	Name       string          `json:"name"`
	Active     bool            `json:"active"`
	Version    int             `json:"version"`
	Definition json.RawMessage `json:"definition"`
	CreatedAt  time.Time       `json:"createdAt"`
	UpdatedAt  time.Time       `json:"updatedAt"`
}

func viewFlow(d flows.Document) flowView {
	return flowView{ID: d.ID, Number: d.Number, Key: d.Key, Name: d.Name, Active: d.Active, Version: d.Version, Definition: d.Body,
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC()}
}

func (h *Handlers) listFlows(ctx context.Context, in *web.Paged) (*web.Answer[[]flowView], error) {
	all, err := h.Store.Documents(ctx, web.TenantOf(ctx), flows.FlowDocument)
	if err != nil {
		return nil, err
	}
	part, next := web.PageOf(all, in.Page(), func(d flows.Document) string { return d.ID })
	return &web.Answer[[]flowView]{Status: 200, Body: web.Success[[]flowView]{Success: true, Data: web.Viewed(part, viewFlow), NextCursor: next}}, nil
}

// flowAt finds the flow that a path names.
func (h *Handlers) flowAt(ctx context.Context, text string) (flows.Document, error) {
	ref, err := web.PathRef(text, flowMissing)
	if err != nil {
		return flows.Document{}, err
	}
	found, err := h.Store.Document(ctx, web.TenantOf(ctx), flows.FlowDocument, ref)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, flowMissing)
	}
	return found, err
}

func (h *Handlers) getFlow(ctx context.Context, in *web.ByID) (*web.Answer[flowView], error) {
	found, err := h.flowAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(viewFlow(found))
}

// FlowBody is a flow as it is saved: published at once.
type FlowBody struct {
	Definition json.RawMessage `json:"definition" doc:"o fluxo: name, nodes ..."`
	Active     *bool           `json:"active,omitempty" doc:"true se não for dado"`
}

// compiled checks a definition as a whole; mistakes have their paths below "definition".
func (h *Handlers) compiled(raw json.RawMessage, channels []chat.Channel) (flows.Definition, error) {
	definition, err := flows.ParseDefinition(raw)
	if err == nil {
		_, err = h.Catalog.Compile(flows.Document{Kind: flows.FlowDocument, Body: raw})
	}
	if err != nil {
		return definition, below("definition", err)
	}
	if strings.TrimSpace(definition.Name) == "" {
		return definition, fault.Required("definition.name")
	}
	if definition.Channel == "" {
		return definition, nil
	}
	for _, channel := range channels {
		if channel.ID == definition.Channel {
			return definition, nil
		}
	}
	return definition, fault.Field("definition.channel", "canal não encontrado")
}

// below puts a name before the paths of mistakes.
func below(name string, err error) error {
	var list flows.Problems
	if !errors.As(err, &list) {
		list = flows.AsProblems(err)
	}
	moved := make(flows.Problems, len(list))
	for i, problem := range list {
		copied := *problem
		copied.Field = strings.TrimSuffix(name+"."+copied.Field, ".")
		moved[i] = &copied
	}
	return moved
}

type createFlowIn struct{ Body FlowBody }

func (h *Handlers) createFlow(ctx context.Context, in *createFlowIn) (*web.Answer[flowView], error) {
	channels, err := h.Store.Channels(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	definition, err := h.compiled(in.Body.Definition, channels)
	if err != nil {
		return nil, err
	}
	saved, err := h.Store.CreateDocument(ctx, flows.Document{
		ID: h.NewID(), TenantID: web.TenantOf(ctx), Kind: flows.FlowDocument, Key: definition.Key, Name: definition.Name,
		ChannelID: definition.Channel, Active: in.Body.Active == nil || *in.Body.Active, Body: in.Body.Definition,
	})
	if err != nil {
		return nil, err
	}
	return web.Created(viewFlow(saved))
}

type changeFlowIn struct {
	ID   string `path:"id"`
	Body FlowBody
}

// changeFlow publishes a new version; runs under way keep theirs.
func (h *Handlers) changeFlow(ctx context.Context, in *changeFlowIn) (*web.Answer[flowView], error) {
	channels, err := h.Store.Channels(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	definition, err := h.compiled(in.Body.Definition, channels)
	if err != nil {
		return nil, err
	}
	return h.editFlow(ctx, in.ID, func(d *flows.Document) {
		d.Key, d.Name, d.ChannelID, d.Body = definition.Key, definition.Name, definition.Channel, in.Body.Definition
		if in.Body.Active != nil {
			d.Active = *in.Body.Active
		}
	})
}

func (h *Handlers) editFlow(ctx context.Context, text string, change func(*flows.Document)) (*web.Answer[flowView], error) {
	found, err := h.flowAt(ctx, text)
	if err != nil {
		return nil, err
	}
	wasActive := false
	saved, err := h.Store.ChangeDocument(ctx, found.TenantID, found.ID, func(d *flows.Document) error {
		wasActive = d.Active
		change(d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if wasActive && !saved.Active {
		if err := h.stopFlow(ctx, saved, reasonFlowInactive); err != nil {
			return nil, err
		}
	}
	return web.OK(viewFlow(saved))
}

func (h *Handlers) activateFlow(ctx context.Context, in *web.ByID) (*web.Answer[flowView], error) {
	return h.editFlow(ctx, in.ID, func(d *flows.Document) { d.Active = true })
}

func (h *Handlers) deactivateFlow(ctx context.Context, in *web.ByID) (*web.Answer[flowView], error) {
	return h.editFlow(ctx, in.ID, func(d *flows.Document) { d.Active = false })
}

func (h *Handlers) deleteFlow(ctx context.Context, in *web.ByID) (*web.Said, error) {
	found, err := h.flowAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.deleteDocument(ctx, found, reasonFlowDeleted); err != nil {
		return nil, err
	}
	return web.Say("Fluxo removido")
}

// listFlowRuns shows who walks or walked a flow, newest first.
func (h *Handlers) listFlowRuns(ctx context.Context, in *enrolmentsIn) (*web.Answer[[]enrolmentView], error) {
	found, err := h.flowAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.enrolments(ctx, found, in.Page())
}
