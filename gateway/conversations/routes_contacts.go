package conversations

import (
	"retoma/gateway/web"
)

func (h *Handlers) personRoutes() []web.Route {
	const family = "contatos"
	read, act := web.Key(web.Viewer, "contacts"), web.Key(web.Operator, "contacts")
	return []web.Route{
		{Method: web.Get, Path: "/api/contacts", Access: read, Family: family, Summary: "Lista ou procura contatos", Mount: web.Rest(h.listContacts)},
		{Method: web.Post, Path: "/api/contacts", Access: act, Family: family, Creates: true, Summary: "Cria um contato", Mount: web.Rest(h.createContact, web.Status(201, 200))},
		{Method: web.Get, Path: "/api/contacts/{id}", Access: read, Family: family, Summary: "Um contato", Mount: web.Rest(h.getContact)},
		{Method: web.Patch, Path: "/api/contacts/{id}", Access: act, Family: family, Summary: "Altera um contato", Mount: web.Rest(h.changeContact)},
		{Method: web.Post, Path: "/api/contacts/{id}/opt-out", Access: act, Family: family, Summary: "O contato não quer mensagens", Mount: web.Rest(h.optOut)},
		{Method: web.Post, Path: "/api/contacts/{id}/opt-in", Access: act, Family: family, Summary: "O contato quer mensagens de novo", Mount: web.Rest(h.optIn)},
	}
}

func (h *Handlers) identityRoutes() []web.Route {
	return []web.Route{
		{Method: web.Post, Path: "/api/contacts/{id}/merge", Access: web.Key(web.Admin, "contacts"), Family: "contatos",
			Summary: "Une outro contato a este: são a mesma pessoa", Mount: web.Rest(h.mergeContact)},
		{Method: web.Get, Path: "/api/contacts/{id}/export", Access: web.Key(web.Admin, "contacts"), Family: "contatos",
			Summary: "Tudo o que se guarda de uma pessoa (LGPD)", Mount: web.Raw(h.exportContact, describeExport)},
		{Method: web.Remove, Path: "/api/contacts/{id}", Access: web.Key(web.Admin, "contacts"), Family: "contatos",
			Summary: "Apaga uma pessoa (LGPD); só as contagens ficam", Mount: web.Rest(h.eraseContact, web.Status(200, 202))},
	}
}
