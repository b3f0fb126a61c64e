package gateway

func (g *Gateway) assistantRoutes() []Route {
	const family, base = "assistentes", "/api/assistants"
	read, edit := key(viewer, "assistants"), key(admin, "assistants")
	return []Route{
		{Method: get, Path: base, Access: read, Family: family, Summary: "Lista os assistentes", mount: rest(g.listAssistants)},
		{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria um assistente", mount: rest(g.createAssistant, status(201))},
		{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um assistente", mount: rest(g.getAssistant)},
		{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um assistente", mount: rest(g.changeAssistant)},
		{Method: patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um assistente", mount: rest(g.changeAssistant)},
		{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um assistente e o seu follow-up", mount: rest(g.deleteAssistant)},
		{Method: get, Path: base + "/{id}/usage", Access: read, Family: family, Summary: "Tokens e gastos por dia", mount: rest(g.assistantUsage)},
		{Method: post, Path: "/api/actions/generate-reply", Access: key(operator, "actions"), Family: "ações", Creates: true, Summary: "Um assistente responde a um cliente", mount: rest(g.generateReply)},
	}
}
