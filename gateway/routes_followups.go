package gateway

// followUpRoutes are the queue, the history and the numbers of followups-api.md, and what one may do with a single follow-up.
func (g *Gateway) followUpRoutes() []Route {
	const family, base = "follow-ups", "/api/followups"
	read, act := key(viewer, "followups"), key(operator, "followups")
	return []Route{
		{Method: get, Path: base + "/pending", Access: read, Family: family, Summary: "Fila de follow-ups", mount: rest(g.listPending)},
		{Method: get, Path: base + "/history", Access: read, Family: family, Summary: "Histórico de follow-ups", mount: rest(g.listHistory)},
		{Method: get, Path: base + "/stats", Access: read, Family: family, Summary: "Estatísticas gerais", mount: rest(g.statistics)},
		{Method: get, Path: base + "/dashboard-metrics", Access: read, Family: family, Summary: "Métricas de um período, por dia e por regra", mount: rest(g.dashboard)},
		{Method: get, Path: base + "/leads-in-automation", Access: read, Family: family, Summary: "Leads com follow-ups agendados", mount: rest(g.listLeads)},
		{Method: post, Path: base + "/pending-by-conversations", Access: read, Family: family, Summary: "Follow-ups pendentes de várias conversas", mount: rest(g.pendingByConversations)},
		{Method: post, Path: base + "/schedule", Access: act, Family: family, Creates: true, Summary: "Agenda um follow-up manualmente", mount: rest(g.scheduleFollowUp, status(201))},
		{Method: post, Path: base + "/cancel/{id}", Access: act, Family: family, Summary: "Cancela um follow-up", mount: rest(g.cancelFollowUp)},
		{Method: remove, Path: base + "/queue/{id}", Access: act, Family: family, Summary: "Remove um item da fila", mount: rest(g.removeFromQueue)},
		{Method: get, Path: base + "/{id}/explain", Access: read, Family: family, Summary: "Por que foi ou não foi enviado", mount: rest(g.explainFollowUp)},
		{Method: post, Path: base + "/{id}/send-now", Access: act, Family: family, Summary: "Antecipa um follow-up para agora", mount: rest(g.sendFollowUpNow)},
		{Method: post, Path: base + "/{id}/skip", Access: act, Family: family, Summary: "Pula um follow-up e segue para o próximo passo", mount: rest(g.skipFollowUp, status(200, 202))},
		{Method: post, Path: base + "/{id}/snooze", Access: act, Family: family, Summary: "Adia um follow-up", mount: rest(g.snoozeFollowUp)},
	}
}
