package conversations

import (
	"retoma/gateway/web"
)

func (h *Handlers) actionRoutes() []web.Route {
	act := web.Key(web.Operator, "actions")
	return []web.Route{
		{Method: web.Post, Path: "/api/actions/send-template", Access: act, Family: "ações", Creates: true, Summary: "Envia um template", Mount: web.Rest(h.sendTemplate, web.Status(202, 200), examples(templateExamples()))},
		{Method: web.Post, Path: "/api/actions/send-message", Access: act, Family: "ações", Creates: true, Summary: "Envia uma mensagem livre", Mount: web.Rest(h.sendMessage, web.Status(202, 200), examples(messageExamples()))},
	}
}
