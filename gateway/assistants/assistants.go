package assistants

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const assistantMissing = "Assistente não encontrado"

// assistantView is an assistant as it is shown: its key goes in and never comes out.
type assistantView struct {
	ID               string              `json:"id"`
	Name             string              `json:"name"`
	Persona          string              `json:"persona"`
	Model            string              `json:"model" doc:"vazio: o da empresa, ou o da instalação"`
	BaseURL          string              `json:"baseUrl" doc:"vazio: o da empresa, ou o da instalação"`
	HasAPIKey        bool                `json:"hasApiKey"`
	Temperature      web.OrNull[float64] `json:"temperature" doc:"null: a do modelo"`
	Memory           int                 `json:"memory" doc:"quantas mensagens da conversa o modelo lê"`
	TimeLimitSeconds int                 `json:"timeLimitSeconds"`
	DailyTokens      int64               `json:"dailyTokens" doc:"0: sem limite"`
	DailySpend       float64             `json:"dailySpend" doc:"0: sem limite"`
	InputPrice       float64             `json:"inputPrice" doc:"por milhão de tokens lidos, na moeda da empresa"`
	OutputPrice      float64             `json:"outputPrice" doc:"por milhão de tokens escritos, na moeda da empresa"`
	CreatedAt        time.Time           `json:"createdAt"`
	UpdatedAt        time.Time           `json:"updatedAt"`
}

func viewAssistant(a chat.Assistant) assistantView {
	view := assistantView{
		ID: a.ID, Name: a.Name, Persona: a.Persona, Model: a.Model, BaseURL: a.BaseURL, HasAPIKey: a.APIKey != "",
		Temperature: web.OrNull[float64]{Value: a.Temperature}, Memory: a.Memory, TimeLimitSeconds: int(a.TimeLimit / time.Second),
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
func (h *Handlers) assistantAt(ctx context.Context, text string) (chat.Assistant, error) {
	id, err := web.PathID(text, assistantMissing)
	if err != nil {
		return chat.Assistant{}, err
	}
	return h.Store.Assistant(ctx, web.TenantOf(ctx), id)
}

func (h *Handlers) listAssistants(ctx context.Context, in *web.Paged) (*web.Answer[[]assistantView], error) {
	all, err := h.Store.Assistants(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	part, next := web.PageOf(all, in.Page(), func(a chat.Assistant) string { return a.ID })
	return &web.Answer[[]assistantView]{Status: 200, Body: web.Success[[]assistantView]{Success: true, Data: web.Viewed(part, viewAssistant), NextCursor: next}}, nil
}

func (h *Handlers) getAssistant(ctx context.Context, in *web.ByID) (*web.Answer[assistantView], error) {
	assistant, err := h.assistantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(viewAssistant(assistant))
}

type createAssistantIn struct{ Body assistantBody }

func (h *Handlers) createAssistant(ctx context.Context, in *createAssistantIn) (*web.Answer[assistantView], error) {
	assistant := chat.Assistant{ID: h.NewID(), TenantID: web.TenantOf(ctx)}
	if err := in.Body.apply(&assistant); err != nil {
		return nil, err
	}
	made, err := h.Store.CreateAssistant(ctx, assistant)
	if err != nil {
		return nil, err
	}
	return web.Created(viewAssistant(made))
}

type changeAssistantIn struct {
	ID   string `path:"id"`
	Body assistantBody
}

// changeAssistant changes what the body names; messages that are written from then on follow it.
func (h *Handlers) changeAssistant(ctx context.Context, in *changeAssistantIn) (*web.Answer[assistantView], error) {
	id, err := web.PathID(in.ID, assistantMissing)
	if err != nil {
		return nil, err
	}
	changed, err := h.Store.ChangeAssistant(ctx, web.TenantOf(ctx), id, in.Body.apply)
	if err != nil {
		return nil, err
	}
	return web.OK(viewAssistant(changed))
}

// deleteAssistant removes an assistant, and then its follow-up configuration: what is pending is cancelled, the history
// stays. In this order, because whoever saves a configuration looks for the assistant: one that is not yet seen here was
// saved by somebody who sees that the assistant has gone. An assistant that has gone already is not found, but a
// configuration that an earlier removal left goes now.
func (h *Handlers) deleteAssistant(ctx context.Context, in *web.ByID) (*web.Said, error) {
	id, err := web.PathID(in.ID, assistantMissing)
	if err != nil {
		return nil, err
	}
	_, gone := h.Store.ChangeAssistant(ctx, web.TenantOf(ctx), id, func(a *chat.Assistant) error {
		a.DeletedAt = h.Now()
		return nil
	})
	if gone != nil && !fault.Is(gone, fault.NotFound) {
		return nil, gone
	}
	if err := h.Configs.DeleteConfigsOf(context.WithoutCancel(ctx), web.TenantOf(ctx), id); err != nil {
		return nil, err
	}
	if gone != nil {
		return nil, gone
	}
	return web.Say("Assistente removido")
}
