package conversations

import (
	"retoma/gateway/web"
)

func (h *Handlers) messageRoutes() []web.Route {
	const family = "conversas"
	read, act := web.Key(web.Viewer, "conversations"), web.Key(web.Operator, "conversations")
	return []web.Route{
		{Method: web.Get, Path: "/api/conversations", Access: read, Family: family, Summary: "Lista as conversas", Mount: web.Rest(h.listConversations)},
		{Method: web.Post, Path: "/api/conversations/start", Access: act, Family: family, Creates: true, Summary: "Inicia um atendimento", Mount: web.Rest(h.startConversation, web.Status(202))},
		{Method: web.Get, Path: "/api/conversations/{id}", Access: read, Family: family, Summary: "Uma conversa", Mount: web.Rest(h.getConversation)},
		{Method: web.Get, Path: "/api/conversations/{id}/messages", Access: read, Family: family, Summary: "Mensagens, ou a fila de espera", Mount: web.Rest(h.listConversationMessages)},
		{Method: web.Post, Path: "/api/conversations/{id}/messages", Access: act, Family: family, Creates: true, Summary: "Mensagem de um atendente", Mount: web.Rest(h.writeMessage, web.Status(202))},
		{Method: web.Remove, Path: "/api/conversations/{id}/messages/{messageId}", Access: act, Family: family, Summary: "Retira uma mensagem da fila de espera", Mount: web.Rest(h.withdrawMessage)},
		{Method: web.Post, Path: "/api/conversations/{id}/hold", Access: act, Family: family, Summary: "Um atendente assume", Mount: web.Rest(h.holdConversation)},
		{Method: web.Post, Path: "/api/conversations/{id}/release", Access: act, Family: family, Summary: "Devolve à automação", Mount: web.Rest(h.releaseConversation)},
		{Method: web.Get, Path: "/api/messages", Access: web.Key(web.Viewer, "messages"), Family: "mensagens", Summary: "Lista mensagens por estado", Mount: web.Rest(h.listMessages)},
		{Method: web.Get, Path: "/api/messages/{id}", Access: web.Key(web.Viewer, "messages"), Family: "mensagens", Summary: "Estado e história de uma mensagem", Mount: web.Rest(h.getMessage)},
		{Method: web.Post, Path: "/api/messages/{id}/read", Access: web.Key(web.Operator, "messages"), Family: "mensagens", Summary: "Marca como lida, com \"digitando\" se houver resposta a caminho", Mount: web.Rest(h.readMessage)},
		{Method: web.Post, Path: "/api/messages/{id}/resolve", Access: web.Key(web.Operator, "messages"), Family: "mensagens", Summary: "Decide uma mensagem sem confirmação", Mount: web.Rest(h.resolveMessage)},
	}
}
