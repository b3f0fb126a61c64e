package gateway

// table is everything that is served: who may call it, and what answers. Where two paths could match, the one without a
// parameter comes first.
func (g *Gateway) table() []Route {
	var all []Route
	for _, family := range []func() []Route{
		g.entranceRoutes, g.modelRoutes, g.ruleRoutes, g.configRoutes, g.followUpRoutes, g.actionRoutes, g.channelRoutes, g.personRoutes, g.messageRoutes,
		g.flowRoutes, g.assistantRoutes, g.subscriptionRoutes, g.mediaRoutes, g.identityRoutes, g.typebotRoutes, g.adminRoutes, g.pageRoutes,
		g.newsRoutes,
	} {
		all = append(all, family()...)
	}
	return all
}

func (g *Gateway) pageRoutes() []Route {
	const family = "serviço"
	routes := []Route{
		{Method: get, Path: "/", Access: public(), Family: family, Summary: "Página inicial", mount: raw(g.front, describeHTML)},
		{Method: get, Path: "/docs", Access: public(), Family: family, Summary: "Documentação para pessoas", mount: raw(g.docs, describeHTML)},
		{Method: get, Path: "/openapi.json", Access: public(), Family: family, Summary: "Documentação para programas", mount: raw(g.contract, describeContract)},
		{Method: get, Path: "/healthz", Access: public(), Family: family, Summary: "O processo vive", mount: raw(g.live, describeHealth)},
		{Method: get, Path: "/readyz", Access: public(), Family: family, Summary: "O serviço está pronto", mount: raw(g.ready, describeHealth)},
		{Method: get, Path: "/metrics", Access: public(), Family: family, Summary: "Métricas", mount: raw(serve(g.Metrics, metricsPath), describeMetrics)},
	}
	if g.Sandbox != nil {
		routes = append(routes, Route{Method: "*", Path: "/sandbox", Access: public(), Family: family, Summary: "WhatsApp simulado", Hidden: true, mount: mounted(serve(g.Sandbox, "/sandbox"))})
	}
	if g.Queues != nil {
		routes = append(routes, Route{Method: "*", Path: "/queues", Access: key(viewer, "settings"), Family: family, Summary: "Filas", Hidden: true, mount: mounted(serve(g.Queues, ""))})
	}
	return routes
}
