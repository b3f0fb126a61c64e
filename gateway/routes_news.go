package gateway

func (g *Gateway) newsRoutes() []Route {
	const family = "canais"
	read := key(viewer, "channels")
	return []Route{
		{Method: get, Path: "/api/channels/{id}/news", Access: read, Family: family, Summary: "O que o provedor contou do canal: templates, número, conta, erros", mount: rest(g.listNews)},
		{Method: get, Path: "/api/channels/{id}/rejected", Access: read, Family: family, Summary: "Partes de webhooks que não puderam ser usadas", mount: rest(g.listRejected)},
	}
}
