package authoring

import (
	"retoma/gateway/web"
)

func (h *Handlers) flowRoutes() []web.Route {
	const family = "fluxos"
	read, edit := web.Key(web.Viewer, "flows"), web.Key(web.Admin, "flows")
	return []web.Route{
		{Method: web.Get, Path: "/api/flows", Access: read, Family: family, Summary: "Lista os fluxos", Mount: web.Rest(h.listFlows)},
		{Method: web.Post, Path: "/api/flows", Access: edit, Family: family, Creates: true, Summary: "Cria e publica um fluxo", Mount: web.Rest(h.createFlow, web.Status(201))},
		{Method: web.Get, Path: "/api/flows/{id}", Access: read, Family: family, Summary: "Um fluxo", Mount: web.Rest(h.getFlow)},
		{Method: web.Put, Path: "/api/flows/{id}", Access: edit, Family: family, Summary: "Publica uma versão nova", Mount: web.Rest(h.changeFlow)},
		{Method: web.Remove, Path: "/api/flows/{id}", Access: edit, Family: family, Summary: "Remove um fluxo", Mount: web.Rest(h.deleteFlow)},
		{Method: web.Post, Path: "/api/flows/{id}/activate", Access: edit, Family: family, Summary: "Ativa um fluxo", Mount: web.Rest(h.activateFlow)},
		{Method: web.Post, Path: "/api/flows/{id}/deactivate", Access: edit, Family: family, Summary: "Desativa um fluxo", Mount: web.Rest(h.deactivateFlow)},
		{Method: web.Get, Path: "/api/flows/{id}/runs", Access: read, Family: family, Summary: "Execuções de um fluxo", Mount: web.Rest(h.listFlowRuns)},
	}
}
