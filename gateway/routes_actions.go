package gateway

func (g *Gateway) actionRoutes() []Route {
	act := key(operator, "actions")
	return []Route{
		{Method: post, Path: "/api/actions/send-template", Access: act, Family: "ações", Creates: true, Summary: "Envia um template", mount: rest(g.sendTemplate, status(202, 200), examples(templateExamples()))},
		{Method: post, Path: "/api/actions/send-message", Access: act, Family: "ações", Creates: true, Summary: "Envia uma mensagem livre", mount: rest(g.sendMessage, status(202, 200), examples(messageExamples()))},
	}
}
