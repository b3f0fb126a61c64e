package gateway

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

type assistantStore interface {
	CreateAssistant(ctx context.Context, a chat.Assistant) (chat.Assistant, error)
	Assistant(ctx context.Context, tenantID, id string) (chat.Assistant, error)
	Assistants(ctx context.Context, tenantID string) ([]chat.Assistant, error)
	ChangeAssistant(ctx context.Context, tenantID, id string, change func(*chat.Assistant) error) (chat.Assistant, error)
	AIDays(ctx context.Context, tenantID, assistantID, from, to string) ([]chat.AIDay, error)
}

const assistantMissing = "Assistente não encontrado"

// assistantView is an assistant as it is shown: its key goes in and never comes out.
type assistantView struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	Persona          string          `json:"persona"`
	Model            string          `json:"model" doc:"vazio: o da empresa, ou o da instalação"`
	BaseURL          string          `json:"baseUrl" doc:"vazio: o da empresa, ou o da instalação"`
	HasAPIKey        bool            `json:"hasApiKey"`
	Temperature      orNull[float64] `json:"temperature" doc:"null: a do modelo"`
	Memory           int             `json:"memory" doc:"quantas mensagens da conversa o modelo lê"`
	TimeLimitSeconds int             `json:"timeLimitSeconds"`
	DailyTokens      int64           `json:"dailyTokens" doc:"0: sem limite"`
	DailySpend       float64         `json:"dailySpend" doc:"0: sem limite"`
	InputPrice       float64         `json:"inputPrice" doc:"por milhão de tokens lidos, na moeda da empresa"`
	OutputPrice      float64         `json:"outputPrice" doc:"por milhão de tokens escritos, na moeda da empresa"`
	CreatedAt        time.Time       `json:"createdAt"`
	UpdatedAt        time.Time       `json:"updatedAt"`
}

func viewAssistant(a chat.Assistant) assistantView {
	view := assistantView{
		ID: a.ID, Name: a.Name, Persona: a.Persona, Model: a.Model, BaseURL: a.BaseURL, HasAPIKey: a.APIKey != "",
		Temperature: orNull[float64]{value: a.Temperature}, Memory: a.Memory, TimeLimitSeconds: int(a.TimeLimit / time.Second),
		DailyTokens: a.DailyTokens, DailySpend: a.DailySpend, InputPrice: a.InputPrice, OutputPrice: a.OutputPrice,
		CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.UpdatedAt.UTC(),
	}
	if view.Memory == 0 {
		view.Memory = chat.DefaultMemory
	}
	if a.TimeLimit == 0 {
		view.TimeLimitSeconds = int(chat.DefaultAITimeLimit / time.Second)
	}
	return view
}

// assistantAt finds the assistant that a path or a body names.
func (g *Gateway) assistantAt(ctx context.Context, text string) (chat.Assistant, error) {
	id, err := pathID(text, assistantMissing)
	if err != nil {
		return chat.Assistant{}, err
	}
	return g.Store.Assistant(ctx, tenantOf(ctx), id)
}

func (g *Gateway) listAssistants(ctx context.Context, in *modelsIn) (*Answer[[]assistantView], error) {
	all, err := g.Store.Assistants(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	part, next := pageOf(all, in.page(), func(a chat.Assistant) string { return a.ID })
	return &Answer[[]assistantView]{Status: 200, Body: Success[[]assistantView]{Success: true, Data: viewed(part, viewAssistant), NextCursor: next}}, nil
}

func (g *Gateway) getAssistant(ctx context.Context, in *byID) (*Answer[assistantView], error) {
	assistant, err := g.assistantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(viewAssistant(assistant))
}

type createAssistantIn struct{ Body assistantBody }

func (g *Gateway) createAssistant(ctx context.Context, in *createAssistantIn) (*Answer[assistantView], error) {
	assistant := chat.Assistant{ID: g.NewID(), TenantID: tenantOf(ctx)}
	if err := in.Body.apply(&assistant); err != nil {
		return nil, err
	}
	made, err := g.Store.CreateAssistant(ctx, assistant)
	if err != nil {
		return nil, err
	}
	return created(viewAssistant(made))
}

type changeAssistantIn struct {
	ID   string `path:"id"`
	Body assistantBody
}

// changeAssistant changes what the body names; messages that are written from then on follow it.
func (g *Gateway) changeAssistant(ctx context.Context, in *changeAssistantIn) (*Answer[assistantView], error) {
	id, err := pathID(in.ID, assistantMissing)
	if err != nil {
		return nil, err
	}
	changed, err := g.Store.ChangeAssistant(ctx, tenantOf(ctx), id, in.Body.apply)
	if err != nil {
		return nil, err
	}
	return ok(viewAssistant(changed))
}

// deleteAssistant removes an assistant, and then its follow-up configuration: what is pending is cancelled, the history
// stays. In this order, because whoever saves a configuration looks for the assistant: one that is not yet seen here was
// saved by somebody who sees that the assistant has gone. An assistant that has gone already is not found, but a
// configuration that an earlier removal left goes now.
func (g *Gateway) deleteAssistant(ctx context.Context, in *byID) (*Said, error) {
	id, err := pathID(in.ID, assistantMissing)
	if err != nil {
		return nil, err
	}
	_, gone := g.Store.ChangeAssistant(ctx, tenantOf(ctx), id, func(a *chat.Assistant) error {
		a.DeletedAt = g.Now()
		return nil
	})
	if gone != nil && !fault.Is(gone, fault.NotFound) {
		return nil, gone
	}
	if err := g.deleteConfigsOf(context.WithoutCancel(ctx), tenantOf(ctx), id); err != nil {
		return nil, err
	}
	if gone != nil {
		return nil, gone
	}
	return said("Assistente removido")
}
