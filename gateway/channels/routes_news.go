package channels

import (
	"retoma/gateway/web"
)

func (h *Handlers) newsRoutes() []web.Route {
	const family = "canais"
	read := web.Key(web.Viewer, "channels")
	return []web.Route{
		{Method: web.Get, Path: "/api/channels/{id}/news", Access: read, Family: family, Summary: "O que o provedor contou do canal: templates, número, conta, erros", Mount: web.Rest(h.listNews)},
		{Method: web.Get, Path: "/api/channels/{id}/rejected", Access: read, Family: family, Summary: "Partes de webhooks que não puderam ser usadas", Mount: web.Rest(h.listRejected)},
	}
}
