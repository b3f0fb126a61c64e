package office

import (
	"retoma/gateway/web"
)

func (h *Handlers) subscriptionRoutes() []web.Route {
	const family, base = "assinaturas", "/api/subscriptions"
	read, edit := web.Key(web.Viewer, "subscriptions"), web.Key(web.Admin, "subscriptions")
	return []web.Route{
		{Method: web.Get, Path: base, Access: read, Family: family, Summary: "Lista as assinaturas", Mount: web.Rest(h.listSubscriptions)},
		{Method: web.Post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Assina eventos: POST assinado a um endereço seu", Mount: web.Rest(h.createSubscription, web.Status(201))},
		{Method: web.Get, Path: base + "/{id}", Access: read, Family: family, Summary: "Uma assinatura", Mount: web.Rest(h.getSubscription)},
		{Method: web.Put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma assinatura, desliga ou liga", Mount: web.Rest(h.changeSubscription)},
		{Method: web.Patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma assinatura, desliga ou liga", Mount: web.Rest(h.changeSubscription)},
		{Method: web.Remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove uma assinatura", Mount: web.Rest(h.deleteSubscription)},
		{Method: web.Post, Path: base + "/{id}/secret", Access: edit, Family: family, Creates: true, Summary: "Troca o segredo; o anterior vale por mais um tempo", Mount: web.Rest(h.rotateSubscription)},
		{Method: web.Post, Path: base + "/{id}/test", Access: edit, Family: family, Creates: true, Summary: "Envia um ping", Mount: web.Rest(h.testSubscription, web.Status(202))},
		{Method: web.Get, Path: base + "/{id}/deliveries", Access: read, Family: family, Summary: "Entregas, as mais novas primeiro", Mount: web.Rest(h.listDeliveries)},
		{Method: web.Post, Path: base + "/{id}/replay", Access: edit, Family: family, Creates: true, Summary: "Entrega de novo: uma entrega, ou as de um período", Mount: web.Rest(h.replaySubscription, web.Status(202))},
	}
}
