package entrance

import (
	"retoma/gateway/web"
)

func (h *Handlers) entranceRoutes() []web.Route {
	return []web.Route{
		{Method: web.Get, Path: "/webhooks/{provider}/{channelToken}", Access: web.Webhook(), Family: "webhooks", Summary: "Verificação do webhook", Mount: web.Raw(h.challengeWebhook, describeChallenge)},
		{Method: web.Post, Path: "/webhooks/{provider}/{channelToken}", Access: web.Webhook(), Family: "webhooks", Summary: "Webhook do provedor", Mount: web.Raw(h.receiveWebhook, describeWebhook)},
		{Method: web.Post, Path: "/typebot/commands", Access: web.Key(web.Operator, "commands"), Family: "typebot", Creates: true, Summary: "Comandos em balões do Typebot", Mount: web.Rest(h.typebotCommands)},
		{Method: web.Post, Path: "/typebot/webhook/{channelToken}", Access: web.Webhook(), Family: "typebot", Summary: "Comandos do bloco HTTP Request do Typebot", Mount: web.Raw(h.typebotBlock, describeBlock)},
		{Method: web.Post, Path: "/updatefollowup", Access: web.Key(web.Operator, "commands"), Family: "typebot", Creates: true, Summary: "Inclui um contato em um modelo ou o retira", Mount: web.Rest(h.updateFollowUp)},
		{Method: web.Post, Path: "/api/followup-models/{id}/contacts", Access: web.Key(web.Operator, "models"), Family: "modelos", Creates: true, Summary: "Inclui uma lista de contatos", Mount: web.Raw(h.enrolList, describeEnrolList)},
		{Method: web.Post, Path: "/api/contacts/opt-outs", Access: web.Key(web.Admin, "contacts"), Family: "contatos", Creates: true, Summary: "Inclui uma lista de quem não quer mensagens", Mount: web.Raw(h.refuseList, describeRefuseList)},
		{Method: web.Post, Path: "/api/events", Access: web.Key(web.Operator, "events"), Family: "eventos", Creates: true, Summary: "Evento de uma plataforma", Mount: web.Rest(h.receiveEvent, web.Status(202))},
	}
}
