package office

import (
	"context"

	"retoma/gateway/web"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type examineIn struct {
	Body *struct {
		Fix bool `json:"fix,omitempty" doc:"conserta o que pode ser consertado sem enviar, repetir ou apagar nada"`
	}
}

// examine tells what is wrong with the whole installation; an empty list means nothing is.
func (h *Handlers) examine(ctx context.Context, in *examineIn) (*web.Answer[[]desk.Ailment], error) {
	if h.Examine == nil {
		return nil, fault.New(fault.NotFound, "este processo não examina a instalação")
	}
	found, err := h.Examine(ctx, in.Body != nil && in.Body.Fix)
	if err != nil {
		return nil, err
	}
	return web.OK(found)
}
