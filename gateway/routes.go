package gateway

import (
	"slices"
	"strings"

	"retoma/gateway/web"
)

// table is everything that is served: who may call it, and what answers. Each family's rows are in its own routes files. Where
// two paths could match, the one without a parameter comes first.
func (g *Gateway) table() []web.Route {
	routes := slices.Concat(
		g.entrance.Routes(),      // webhooks, events, Typebot, enrolments, lists of contacts
		g.authoring.Routes(),     // models, rules, configurations, flows
		g.followups.Routes(),     // the queue, the history, statistics
		g.conversations.Routes(), // contacts, conversations, messages, files, actions that send
		g.channels.Routes(),      // channels, templates
		g.assistants.Routes(),    // assistants and their replies
		g.office.Routes(),        // settings, keys, companies, notifications, subscriptions
		g.pageRoutes(),
	)
	for i := range routes {
		routes[i].Tolerant = specified(routes[i].Path)
	}
	return routes
}

// specified tells the routes of the platforms' specifications, which are called as those say: with parameters that mean something
// to another system, too. Every other route refuses what it does not know.
func specified(path string) bool {
	for _, prefix := range []string{"/api/followups", "/api/followup-models", "/updatefollowup", "/backend/", "/api/actions/", "/typebot/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// pageRoutes are what people and machines look at that is no family's.
func (g *Gateway) pageRoutes() []web.Route {
	const family = "serviço"
	routes := []web.Route{
		{Method: web.Get, Path: "/", Access: web.Public(), Family: family, Summary: "Página inicial", Mount: web.Raw(g.front, describeHTML)},
		{Method: web.Get, Path: "/docs", Access: web.Public(), Family: family, Summary: "Documentação para pessoas", Mount: web.Raw(g.docs, describeHTML)},
		{Method: web.Get, Path: "/openapi.json", Access: web.Public(), Family: family, Summary: "Documentação para programas", Mount: web.Raw(g.contract, describeContract)},
		{Method: web.Get, Path: "/healthz", Access: web.Public(), Family: family, Summary: "O processo vive", Mount: web.Raw(g.live, describeHealth)},
		{Method: web.Get, Path: "/readyz", Access: web.Public(), Family: family, Summary: "O serviço está pronto", Mount: web.Raw(g.ready, describeHealth)},
		{Method: web.Get, Path: "/metrics", Access: web.Public(), Family: family, Summary: "Métricas", Mount: web.Raw(serve(g.Metrics, metricsPath), describeMetrics)},
	}
	if g.Sandbox != nil {
		routes = append(routes, web.Route{Method: "*", Path: "/sandbox", Access: web.Public(), Family: family, Summary: "WhatsApp simulado", Hidden: true, Mount: web.Mounted(serve(g.Sandbox, "/sandbox"))})
	}
	if g.Queues != nil {
		routes = append(routes, web.Route{Method: "*", Path: "/queues", Access: web.Installer(), Family: family, Summary: "Filas", Hidden: true, Mount: web.Mounted(serve(g.Queues, ""))})
	}
	return routes
}
