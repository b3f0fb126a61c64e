package authoring

import (
	"retoma/gateway/web"
)

func (h *Handlers) modelRoutes() []web.Route {
	const family, base = "modelos", "/api/followup-models"
	read, edit, enrol := web.Key(web.Viewer, "models"), web.Key(web.Admin, "models"), web.Key(web.Operator, "models")
	return []web.Route{
		{Method: web.Get, Path: base, Access: read, Family: family, Summary: "Lista os modelos", Mount: web.Rest(h.listModels)},
		{Method: web.Post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria um modelo", Mount: web.Rest(h.createModel, web.Status(201), web.Authored)},
		{Method: web.Get, Path: base + "/report", Access: read, Family: family, Summary: "Relatório dos modelos", Mount: web.Rest(h.reportModels)},
		{Method: web.Get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um modelo", Mount: web.Rest(h.getModel)},
		{Method: web.Put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um modelo", Mount: web.Rest(h.changeModel, web.Authored)},
		{Method: web.Remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um modelo", Mount: web.Rest(h.deleteModel)},
		{Method: web.Post, Path: base + "/{id}/messages", Access: edit, Family: family, Creates: true, Summary: "Acrescenta uma mensagem", Mount: web.Rest(h.addModelMessage, web.Status(201), web.Authored)},
		{Method: web.Put, Path: base + "/{id}/messages/order", Access: edit, Family: family, Summary: "Ordena as mensagens", Mount: web.Rest(h.orderModelMessages)},
		{Method: web.Put, Path: base + "/{id}/messages/{messageId}", Access: edit, Family: family, Summary: "Altera uma mensagem", Mount: web.Rest(h.changeModelMessage, web.Authored)},
		{Method: web.Remove, Path: base + "/{id}/messages/{messageId}", Access: edit, Family: family, Summary: "Remove uma mensagem", Mount: web.Rest(h.deleteModelMessage)},
		{Method: web.Get, Path: base + "/{id}/contacts", Access: read, Family: family, Summary: "Contatos do modelo", Mount: web.Rest(h.listModelContacts)},
		{Method: web.Post, Path: base + "/{id}/send-test", Access: enrol, Family: family, Creates: true, Summary: "Envia uma mensagem do modelo a um número", Mount: web.Rest(h.sendModelTest, web.Status(202))},
	}
}
