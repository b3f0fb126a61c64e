package channels

import (
	"retoma/gateway/web"
)

func (h *Handlers) channelRoutes() []web.Route {
	const family = "canais"
	read, edit, act := web.Key(web.Viewer, "channels"), web.Key(web.Admin, "channels"), web.Key(web.Operator, "channels")
	var all []web.Route
	for _, base := range []string{"/api/channels", "/api/senders"} {
		all = append(all,
			web.Route{Method: web.Get, Path: base, Access: read, Family: family, Summary: "Lista os canais", Mount: web.Rest(h.listChannels)},
			web.Route{Method: web.Post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cadastra um canal", Mount: web.Rest(h.createChannel, web.Status(201))},
			web.Route{Method: web.Get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um canal", Mount: web.Rest(h.getChannel)},
			web.Route{Method: web.Put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um canal", Mount: web.Rest(h.changeChannel)},
			web.Route{Method: web.Patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um canal", Mount: web.Rest(h.changeChannel)},
			web.Route{Method: web.Remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um canal", Mount: web.Rest(h.deleteChannel)},
			web.Route{Method: web.Post, Path: base + "/{id}/check", Access: act, Family: family, Summary: "Por que nada chega: token, número, webhooks, templates, pausas", Mount: web.Rest(h.checkChannel)},
			web.Route{Method: web.Post, Path: base + "/{id}/pause", Access: act, Family: family, Summary: "Pausa os envios do canal", Mount: web.Rest(h.pauseChannel)},
			web.Route{Method: web.Post, Path: base + "/{id}/resume", Access: act, Family: family, Summary: "Retoma os envios do canal", Mount: web.Rest(h.resumeChannel)},
			web.Route{Method: web.Get, Path: base + "/{id}/templates", Access: read, Family: family, Summary: "Templates do canal", Mount: web.Rest(h.listChannelTemplates)},
			web.Route{Method: web.Post, Path: base + "/{id}/templates/sync", Access: act, Family: family, Summary: "Lê os templates do provedor", Mount: web.Rest(h.syncTemplates)},
			web.Route{Method: web.Get, Path: base + "/{id}/session-status", Access: read, Family: family, Summary: "Se a janela de 24 horas está aberta", Mount: web.Rest(h.sessionStatus)},
		)
	}
	templates := web.Key(web.Viewer, "templates")
	return append(all,
		web.Route{Method: web.Get, Path: "/api/templates", Access: templates, Family: "templates", Summary: "Lista os templates", Mount: web.Rest(h.listTemplates)},
		web.Route{Method: web.Post, Path: "/api/templates/{id}/preview", Access: templates, Family: "templates", Summary: "O texto como o cliente vai ler", Mount: web.Rest(h.previewTemplate)},
	)
}
