package gateway

func (g *Gateway) messageRoutes() []Route {
	const family = "conversas"
	read, act := key(viewer, "conversations"), key(operator, "conversations")
	return []Route{
		{Method: get, Path: "/api/conversations", Access: read, Family: family, Summary: "Lista as conversas", mount: rest(g.listConversations)},
		{Method: post, Path: "/api/conversations/start", Access: act, Family: family, Creates: true, Summary: "Inicia um atendimento", mount: rest(g.startConversation, status(202))},
		{Method: get, Path: "/api/conversations/{id}", Access: read, Family: family, Summary: "Uma conversa", mount: rest(g.getConversation)},
		{Method: get, Path: "/api/conversations/{id}/messages", Access: read, Family: family, Summary: "Mensagens, ou a fila de espera", mount: rest(g.listConversationMessages)},
		{Method: post, Path: "/api/conversations/{id}/messages", Access: act, Family: family, Creates: true, Summary: "Mensagem de um atendente", mount: rest(g.writeMessage, status(202))},
		{Method: remove, Path: "/api/conversations/{id}/messages/{messageId}", Access: act, Family: family, Summary: "Retira uma mensagem da fila de espera", mount: rest(g.withdrawMessage)},
		{Method: post, Path: "/api/conversations/{id}/hold", Access: act, Family: family, Summary: "Um atendente assume", mount: rest(g.holdConversation)},
		{Method: post, Path: "/api/conversations/{id}/release", Access: act, Family: family, Summary: "Devolve à automação", mount: rest(g.releaseConversation)},
		{Method: get, Path: "/api/messages", Access: key(viewer, "messages"), Family: "mensagens", Summary: "Lista mensagens por estado", mount: rest(g.listMessages)},
		{Method: get, Path: "/api/messages/{id}", Access: key(viewer, "messages"), Family: "mensagens", Summary: "Estado e história de uma mensagem", mount: rest(g.getMessage)},
		{Method: post, Path: "/api/messages/{id}/read", Access: key(operator, "messages"), Family: "mensagens", Summary: "Marca como lida, com \"digitando\" se houver resposta a caminho", mount: rest(g.readMessage)},
		{Method: post, Path: "/api/messages/{id}/resolve", Access: key(operator, "messages"), Family: "mensagens", Summary: "Decide uma mensagem sem confirmação", mount: rest(g.resolveMessage)},
	}
}
