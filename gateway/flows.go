package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type flowStore interface {
	modelStore
}

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

func (g *Gateway) listFlows(ctx context.Context, in *modelsIn) (*Answer[[]flowView], error) {
	all, err := g.Store.Documents(ctx, tenantOf(ctx), flows.FlowDocument)
	if err != nil {
		return nil, err
	}
	part, next := pageOf(all, in.page(), func(d flows.Document) string { return d.ID })
	return &Answer[[]flowView]{Status: 200, Body: Success[[]flowView]{Success: true, Data: viewed(part, viewFlow), NextCursor: next}}, nil
}

// flowAt finds the flow that a path names.
func (g *Gateway) flowAt(ctx context.Context, text string) (flows.Document, error) {
	ref, err := pathRef(text, flowMissing)
	if err != nil {
		return flows.Document{}, err
	}
	found, err := g.Store.Document(ctx, tenantOf(ctx), flows.FlowDocument, ref)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, flowMissing)
	}
	return found, err
}

func (g *Gateway) getFlow(ctx context.Context, in *byID) (*Answer[flowView], error) {
	found, err := g.flowAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(viewFlow(found))
}

// FlowBody is a flow as it is saved: published at once.
type FlowBody struct {
	Definition json.RawMessage `json:"definition" doc:"o fluxo: name, nodes ..."`
	Active     *bool           `json:"active,omitempty" doc:"true se não for dado"`
}

// compiled checks a definition as a whole; mistakes have their paths below "definition".
func (g *Gateway) compiled(raw json.RawMessage, channels []chat.Channel) (flows.Definition, error) {
	definition, err := flows.ParseDefinition(raw)
	if err == nil {
		_, err = g.Catalog.Compile(flows.Document{Kind: flows.FlowDocument, Body: raw})
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

func (g *Gateway) createFlow(ctx context.Context, in *createFlowIn) (*Answer[flowView], error) {
	channels, err := g.Store.Channels(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	definition, err := g.compiled(in.Body.Definition, channels)
	if err != nil {
		return nil, err
	}
	saved, err := g.Store.CreateDocument(ctx, flows.Document{
		ID: g.NewID(), TenantID: tenantOf(ctx), Kind: flows.FlowDocument, Key: definition.Key, Name: definition.Name,
		ChannelID: definition.Channel, Active: in.Body.Active == nil || *in.Body.Active, Body: in.Body.Definition,
	})
	if err != nil {
		return nil, err
	}
	return created(viewFlow(saved))
}

type changeFlowIn struct {
	ID   string `path:"id"`
	Body FlowBody
}

// changeFlow publishes a new version; runs under way keep theirs.
func (g *Gateway) changeFlow(ctx context.Context, in *changeFlowIn) (*Answer[flowView], error) {
	channels, err := g.Store.Channels(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	definition, err := g.compiled(in.Body.Definition, channels)
	if err != nil {
		return nil, err
	}
	return g.editFlow(ctx, in.ID, func(d *flows.Document) {
		d.Key, d.Name, d.ChannelID, d.Body = definition.Key, definition.Name, definition.Channel, in.Body.Definition
		if in.Body.Active != nil {
			d.Active = *in.Body.Active
		}
	})
}

func (g *Gateway) editFlow(ctx context.Context, text string, change func(*flows.Document)) (*Answer[flowView], error) {
	found, err := g.flowAt(ctx, text)
	if err != nil {
		return nil, err
	}
	wasActive := false
	saved, err := g.Store.ChangeDocument(ctx, found.TenantID, found.ID, func(d *flows.Document) error {
		wasActive = d.Active
		change(d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if wasActive && !saved.Active {
		if err := g.stopFlow(ctx, saved, reasonFlowInactive); err != nil {
			return nil, err
		}
	}
	return ok(viewFlow(saved))
}

func (g *Gateway) activateFlow(ctx context.Context, in *byID) (*Answer[flowView], error) {
	return g.editFlow(ctx, in.ID, func(d *flows.Document) { d.Active = true })
}

func (g *Gateway) deactivateFlow(ctx context.Context, in *byID) (*Answer[flowView], error) {
	return g.editFlow(ctx, in.ID, func(d *flows.Document) { d.Active = false })
}

func (g *Gateway) deleteFlow(ctx context.Context, in *byID) (*Said, error) {
	found, err := g.flowAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := g.deleteDocument(ctx, found, reasonFlowDeleted); err != nil {
		return nil, err
	}
	return said("Fluxo removido")
}

// listFlowRuns shows who walks or walked a flow, newest first.
func (g *Gateway) listFlowRuns(ctx context.Context, in *enrolmentsIn) (*Answer[[]enrolmentView], error) {
	found, err := g.flowAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return g.enrolments(ctx, found, in.page())
}
