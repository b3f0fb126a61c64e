package gateway

func (g *Gateway) subscriptionRoutes() []Route {
	const family, base = "assinaturas", "/api/subscriptions"
	read, edit := key(viewer, "subscriptions"), key(admin, "subscriptions")
	return []Route{
		{Method: get, Path: base, Access: read, Family: family, Summary: "Lista as assinaturas", mount: rest(g.listSubscriptions)},
		{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Assina eventos: POST assinado a um endereço seu", mount: rest(g.createSubscription, status(201))},
		{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Uma assinatura", mount: rest(g.getSubscription)},
		{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma assinatura, desliga ou liga", mount: rest(g.changeSubscription)},
		{Method: patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma assinatura, desliga ou liga", mount: rest(g.changeSubscription)},
		{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove uma assinatura", mount: rest(g.deleteSubscription)},
		{Method: post, Path: base + "/{id}/secret", Access: edit, Family: family, Creates: true, Summary: "Troca o segredo; o anterior vale por mais um tempo", mount: rest(g.rotateSubscription)},
		{Method: post, Path: base + "/{id}/test", Access: edit, Family: family, Creates: true, Summary: "Envia um ping", mount: rest(g.testSubscription, status(202))},
		{Method: get, Path: base + "/{id}/deliveries", Access: read, Family: family, Summary: "Entregas, as mais novas primeiro", mount: rest(g.listDeliveries)},
		{Method: post, Path: base + "/{id}/replay", Access: edit, Family: family, Creates: true, Summary: "Entrega de novo: uma entrega, ou as de um período", mount: rest(g.replaySubscription, status(202))},
	}
}
