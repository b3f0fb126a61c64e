package entrance

import (
	"retoma/gateway/web"
)

func (h *Handlers) typebotRoutes() []web.Route {
	return []web.Route{
		{Method: web.Post, Path: "/typebot/lint", Access: web.Key(web.Viewer, "commands"), Family: "typebot", Summary: "Examina os comandos de um fluxo exportado, sem executar nada", Mount: web.Rest(h.lintTypebot)},
	}
}
