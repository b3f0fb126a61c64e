package assistants

import (
	"retoma/gateway/web"
)

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	const family, base = "assistentes", "/api/assistants"
	read, edit := web.Key(web.Viewer, "assistants"), web.Key(web.Admin, "assistants")
	return []web.Route{
		{Method: web.Get, Path: base, Access: read, Family: family, Summary: "Lista os assistentes", Mount: web.Rest(h.listAssistants)},
		{Method: web.Post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria um assistente", Mount: web.Rest(h.createAssistant, web.Status(201))},
		{Method: web.Get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um assistente", Mount: web.Rest(h.getAssistant)},
		{Method: web.Put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um assistente", Mount: web.Rest(h.changeAssistant)},
		{Method: web.Patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um assistente", Mount: web.Rest(h.changeAssistant)},
		{Method: web.Remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um assistente e o seu follow-up", Mount: web.Rest(h.deleteAssistant)},
		{Method: web.Get, Path: base + "/{id}/usage", Access: read, Family: family, Summary: "Tokens e gastos por dia", Mount: web.Rest(h.assistantUsage)},
		{Method: web.Post, Path: "/api/actions/generate-reply", Access: web.Key(web.Operator, "actions"), Family: "ações", Creates: true, Summary: "Um assistente responde a um cliente", Mount: web.Rest(h.generateReply)},
	}
}
