package followups

import (
	"retoma/gateway/web"
)

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	const family, base = "follow-ups", "/api/followups"
	read, act := web.Key(web.Viewer, "followups"), web.Key(web.Operator, "followups")
	return []web.Route{
		{Method: web.Get, Path: base + "/pending", Access: read, Family: family, Summary: "Fila de follow-ups", Mount: web.Rest(h.listPending)},
		{Method: web.Get, Path: base + "/history", Access: read, Family: family, Summary: "Histórico de follow-ups", Mount: web.Rest(h.listHistory)},
		{Method: web.Get, Path: base + "/stats", Access: read, Family: family, Summary: "Estatísticas gerais", Mount: web.Rest(h.statistics)},
		{Method: web.Get, Path: base + "/dashboard-metrics", Access: read, Family: family, Summary: "Métricas de um período, por dia e por regra", Mount: web.Rest(h.dashboard)},
		{Method: web.Get, Path: base + "/leads-in-automation", Access: read, Family: family, Summary: "Leads com follow-ups agendados", Mount: web.Rest(h.listLeads)},
		{Method: web.Post, Path: base + "/pending-by-conversations", Access: read, Family: family, Summary: "Follow-ups pendentes de várias conversas", Mount: web.Rest(h.pendingByConversations)},
		{Method: web.Post, Path: base + "/schedule", Access: act, Family: family, Creates: true, Summary: "Agenda um follow-up manualmente", Mount: web.Rest(h.scheduleFollowUp, web.Status(201))},
		{Method: web.Post, Path: base + "/cancel/{id}", Access: act, Family: family, Summary: "Cancela um follow-up", Mount: web.Rest(h.cancelFollowUp)},
		{Method: web.Remove, Path: base + "/queue/{id}", Access: act, Family: family, Summary: "Remove um item da fila", Mount: web.Rest(h.removeFromQueue)},
		{Method: web.Get, Path: base + "/review", Access: read, Family: family, Summary: "O que uma restauração reteve para revisão", Mount: web.Rest(h.listReview)},
		{Method: web.Post, Path: base + "/review/release", Access: act, Family: family, Summary: "Libera o que foi retido", Mount: web.Rest(h.releaseReview)},
		{Method: web.Post, Path: base + "/review/cancel", Access: act, Family: family, Summary: "Cancela o que foi retido", Mount: web.Rest(h.cancelReview)},
		{Method: web.Get, Path: base + "/{id}/explain", Access: read, Family: family, Summary: "Por que foi ou não foi enviado", Mount: web.Rest(h.explainFollowUp)},
		{Method: web.Post, Path: base + "/{id}/send-now", Access: act, Family: family, Summary: "Antecipa um follow-up para agora", Mount: web.Rest(h.sendFollowUpNow)},
		{Method: web.Post, Path: base + "/{id}/skip", Access: act, Family: family, Summary: "Pula um follow-up e segue para o próximo passo", Mount: web.Rest(h.skipFollowUp, web.Status(200, 202))},
		{Method: web.Post, Path: base + "/{id}/snooze", Access: act, Family: family, Summary: "Adia um follow-up", Mount: web.Rest(h.snoozeFollowUp)},
	}
}
