package gateway

func (g *Gateway) flowRoutes() []Route {
	const family = "fluxos"
	read, edit := key(viewer, "flows"), key(admin, "flows")
	return []Route{
		{Method: get, Path: "/api/flows", Access: read, Family: family, Summary: "Lista os fluxos", mount: rest(g.listFlows)},
		{Method: post, Path: "/api/flows", Access: edit, Family: family, Creates: true, Summary: "Cria e publica um fluxo", mount: rest(g.createFlow, status(201))},
		{Method: get, Path: "/api/flows/{id}", Access: read, Family: family, Summary: "Um fluxo", mount: rest(g.getFlow)},
		{Method: put, Path: "/api/flows/{id}", Access: edit, Family: family, Summary: "Publica uma versão nova", mount: rest(g.changeFlow)},
		{Method: remove, Path: "/api/flows/{id}", Access: edit, Family: family, Summary: "Remove um fluxo", mount: rest(g.deleteFlow)},
		{Method: post, Path: "/api/flows/{id}/activate", Access: edit, Family: family, Summary: "Ativa um fluxo", mount: rest(g.activateFlow)},
		{Method: post, Path: "/api/flows/{id}/deactivate", Access: edit, Family: family, Summary: "Desativa um fluxo", mount: rest(g.deactivateFlow)},
		{Method: get, Path: "/api/flows/{id}/runs", Access: read, Family: family, Summary: "Execuções de um fluxo", mount: rest(g.listFlowRuns)},
	}
}
