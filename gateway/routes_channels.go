package gateway

func (g *Gateway) channelRoutes() []Route {
	const family = "canais"
	read, edit, act := key(viewer, "channels"), key(admin, "channels"), key(operator, "channels")
	var all []Route
	for _, base := range []string{"/api/channels", "/api/senders"} {
		all = append(all,
			Route{Method: get, Path: base, Access: read, Family: family, Summary: "Lista os canais", mount: rest(g.listChannels)},
			Route{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cadastra um canal", mount: rest(g.createChannel, status(201))},
			Route{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um canal", mount: rest(g.getChannel)},
			Route{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um canal", mount: rest(g.changeChannel)},
			Route{Method: patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um canal", mount: rest(g.changeChannel)},
			Route{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um canal", mount: rest(g.deleteChannel)},
			Route{Method: post, Path: base + "/{id}/check", Access: act, Family: family, Summary: "Por que nada chega: token, número, webhooks, templates, pausas", mount: rest(g.checkChannel)},
			Route{Method: post, Path: base + "/{id}/pause", Access: act, Family: family, Summary: "Pausa os envios do canal", mount: rest(g.pauseChannel)},
			Route{Method: post, Path: base + "/{id}/resume", Access: act, Family: family, Summary: "Retoma os envios do canal", mount: rest(g.resumeChannel)},
			Route{Method: get, Path: base + "/{id}/templates", Access: read, Family: family, Summary: "Templates do canal", mount: rest(g.listChannelTemplates)},
			Route{Method: post, Path: base + "/{id}/templates/sync", Access: act, Family: family, Summary: "Lê os templates do provedor", mount: rest(g.syncTemplates)},
			Route{Method: get, Path: base + "/{id}/session-status", Access: read, Family: family, Summary: "Se a janela de 24 horas está aberta", mount: rest(g.sessionStatus)},
		)
	}
	templates := key(viewer, "templates")
	return append(all,
		Route{Method: get, Path: "/api/templates", Access: templates, Family: "templates", Summary: "Lista os templates", mount: rest(g.listTemplates)},
		Route{Method: post, Path: "/api/templates/{id}/preview", Access: templates, Family: "templates", Summary: "O texto como o cliente vai ler", mount: rest(g.previewTemplate)},
	)
}
