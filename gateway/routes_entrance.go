package gateway

func (g *Gateway) entranceRoutes() []Route {
	return []Route{
		{Method: get, Path: "/webhooks/{provider}/{channelToken}", Access: webhook(), Family: "webhooks", Summary: "Verificação do webhook", mount: raw(g.challengeWebhook, describeChallenge)},
		{Method: post, Path: "/webhooks/{provider}/{channelToken}", Access: webhook(), Family: "webhooks", Summary: "Webhook do provedor", mount: raw(g.receiveWebhook, describeWebhook)},
		{Method: post, Path: "/typebot/commands", Access: key(operator, "commands"), Family: "typebot", Creates: true, Summary: "Comandos em balões do Typebot", mount: rest(g.typebotCommands)},
		{Method: post, Path: "/typebot/webhook/{channelToken}", Access: webhook(), Family: "typebot", Summary: "Comandos do bloco HTTP Request do Typebot", mount: raw(g.typebotBlock, describeBlock)},
		{Method: post, Path: "/updatefollowup", Access: key(operator, "commands"), Family: "typebot", Creates: true, Summary: "Inclui um contato em um modelo ou o retira", mount: rest(g.updateFollowUp)},
		{Method: post, Path: "/api/followup-models/{id}/contacts", Access: key(operator, "models"), Family: "modelos", Creates: true, Summary: "Inclui uma lista de contatos", mount: raw(g.enrolList, describeEnrolList)},
		{Method: post, Path: "/api/events", Access: key(operator, "events"), Family: "eventos", Creates: true, Summary: "Evento de uma plataforma", mount: rest(g.receiveEvent, status(202))},
	}
}
