package gateway

import (
	"net/http"

	"retoma/internal/chat"
)

// The methods, short enough for a table.
const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// The roles, short enough for a table.
const (
	viewer   = chat.RoleViewer
	operator = chat.RoleOperator
	admin    = chat.RoleAdmin
)

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

func (g *Gateway) entranceRoutes() []Route {
	return []Route{
		{Method: get, Path: "/webhooks/{provider}/{channelToken}", Access: webhook(), Family: "webhooks", Summary: "Verificação do webhook", mount: raw(g.challengeWebhook, describeChallenge)},
		{Method: post, Path: "/webhooks/{provider}/{channelToken}", Access: webhook(), Family: "webhooks", Summary: "Webhook do provedor", mount: raw(g.receiveWebhook, describeWebhook)},
		{Method: post, Path: "/typebot/commands", Access: key(operator, "commands"), Family: "typebot", Creates: true, Summary: "Comandos em balões do Typebot", mount: rest(g.typebotCommands)},
		{Method: post, Path: "/typebot/webhook/{channelToken}", Access: webhook(), Family: "typebot", Summary: "Comandos do bloco HTTP Request do Typebot", mount: raw(g.typebotBlock, describeBlock(g))},
		{Method: post, Path: "/updatefollowup", Access: key(operator, "commands"), Family: "typebot", Creates: true, Summary: "Inclui um contato em um modelo ou o retira", mount: rest(g.updateFollowUp)},
		{Method: post, Path: "/api/events", Access: key(operator, "events"), Family: "eventos", Creates: true, Summary: "Evento de uma plataforma", mount: rest(g.receiveEvent, status(202))},
	}
}

func (g *Gateway) modelRoutes() []Route {
	const family, base = "modelos", "/api/followup-models"
	read, edit, enrol := key(viewer, "models"), key(admin, "models"), key(operator, "models")
	return []Route{
		{Method: get, Path: base, Access: read, Family: family, Summary: "Lista os modelos", mount: rest(g.listModels)},
		{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria um modelo", mount: rest(g.createModel, status(201), authored)},
		{Method: get, Path: base + "/report", Access: read, Family: family, Summary: "Relatório dos modelos", mount: rest(g.reportModels)},
		{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um modelo", mount: rest(g.getModel)},
		{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um modelo", mount: rest(g.changeModel, authored)},
		{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um modelo", mount: rest(g.deleteModel)},
		{Method: post, Path: base + "/{id}/messages", Access: edit, Family: family, Creates: true, Summary: "Acrescenta uma mensagem", mount: rest(g.addModelMessage, status(201), authored)},
		{Method: put, Path: base + "/{id}/messages/order", Access: edit, Family: family, Summary: "Ordena as mensagens", mount: rest(g.orderModelMessages)},
		{Method: put, Path: base + "/{id}/messages/{messageId}", Access: edit, Family: family, Summary: "Altera uma mensagem", mount: rest(g.changeModelMessage, authored)},
		{Method: remove, Path: base + "/{id}/messages/{messageId}", Access: edit, Family: family, Summary: "Remove uma mensagem", mount: rest(g.deleteModelMessage)},
		{Method: get, Path: base + "/{id}/contacts", Access: read, Family: family, Summary: "Contatos do modelo", mount: rest(g.listModelContacts)},
		{Method: post, Path: base + "/{id}/contacts", Access: enrol, Family: family, Creates: true, Summary: "Inclui uma lista de contatos", mount: raw(g.enrolList, describeEnrolList(g))},
		{Method: post, Path: base + "/{id}/send-test", Access: enrol, Family: family, Creates: true, Summary: "Envia uma mensagem do modelo a um número", mount: rest(g.sendModelTest, status(202))},
	}
}

func (g *Gateway) actionRoutes() []Route {
	act := key(operator, "actions")
	return []Route{
		{Method: post, Path: "/api/actions/send-template", Access: act, Family: "ações", Creates: true, Summary: "Envia um template", mount: rest(g.sendTemplate, status(202, 200), examples(templateExamples()))},
		{Method: post, Path: "/api/actions/send-message", Access: act, Family: "ações", Creates: true, Summary: "Envia uma mensagem livre", mount: rest(g.sendMessage, status(202, 200), examples(messageExamples()))},
	}
}

func (g *Gateway) channelRoutes() []Route {
	const family = "canais"
	read, edit, act := key(viewer, "channels"), key(admin, "channels"), key(operator, "channels")
	var all []Route
	for _, base := range []string{"/api/channels", "/api/senders"} {
		all = append(all,
			Route{Method: get, Path: base, Access: read, Family: family, Summary: "Lista os canais", mount: rest(g.listChannels)},
			Route{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cadastra um canal", mount: rest(g.createChannel, status(201))},
			Route{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Um canal", mount: rest(g.getChannel)},
			Route{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um canal", mount: rest(g.changeChannel)},
			Route{Method: patch, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de um canal", mount: rest(g.changeChannel)},
			Route{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove um canal", mount: rest(g.deleteChannel)},
			Route{Method: post, Path: base + "/{id}/check", Access: act, Family: family, Summary: "Por que nada chega: token, número, webhooks, templates, pausas", mount: rest(g.checkChannel)},
			Route{Method: post, Path: base + "/{id}/pause", Access: act, Family: family, Summary: "Pausa os envios do canal", mount: rest(g.pauseChannel)},
			Route{Method: post, Path: base + "/{id}/resume", Access: act, Family: family, Summary: "Retoma os envios do canal", mount: rest(g.resumeChannel)},
			Route{Method: get, Path: base + "/{id}/templates", Access: read, Family: family, Summary: "Templates do canal", mount: rest(g.listChannelTemplates)},
			Route{Method: post, Path: base + "/{id}/templates/sync", Access: act, Family: family, Summary: "Lê os templates do provedor", mount: rest(g.syncTemplates)},
			Route{Method: get, Path: base + "/{id}/session-status", Access: read, Family: family, Summary: "Se a janela de 24 horas está aberta", mount: rest(g.sessionStatus)},
		)
	}
	templates := key(viewer, "templates")
	return append(all,
		Route{Method: get, Path: "/api/templates", Access: templates, Family: "templates", Summary: "Lista os templates", mount: rest(g.listTemplates)},
		Route{Method: post, Path: "/api/templates/{id}/preview", Access: templates, Family: "templates", Summary: "O texto como o cliente vai ler", mount: rest(g.previewTemplate)},
	)
}

func (g *Gateway) personRoutes() []Route {
	const family = "contatos"
	read, act := key(viewer, "contacts"), key(operator, "contacts")
	return []Route{
		{Method: get, Path: "/api/contacts", Access: read, Family: family, Summary: "Lista ou procura contatos", mount: rest(g.listContacts)},
		{Method: post, Path: "/api/contacts", Access: act, Family: family, Creates: true, Summary: "Cria um contato", mount: rest(g.createContact, status(201, 200))},
		{Method: get, Path: "/api/contacts/{id}", Access: read, Family: family, Summary: "Um contato", mount: rest(g.getContact)},
		{Method: patch, Path: "/api/contacts/{id}", Access: act, Family: family, Summary: "Altera um contato", mount: rest(g.changeContact)},
		{Method: post, Path: "/api/contacts/{id}/opt-out", Access: act, Family: family, Summary: "O contato não quer mensagens", mount: rest(g.optOut)},
		{Method: post, Path: "/api/contacts/{id}/opt-in", Access: act, Family: family, Summary: "O contato quer mensagens de novo", mount: rest(g.optIn)},
	}
}

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

func (g *Gateway) flowRoutes() []Route {
	const family = "fluxos"
	read, edit := key(viewer, "flows"), key(admin, "flows")
	return []Route{
		{Method: get, Path: "/api/flows", Access: read, Family: family, Summary: "Lista os fluxos", mount: rest(g.listFlows)},
		{Method: post, Path: "/api/flows", Access: edit, Family: family, Creates: true, Summary: "Cria e publica um fluxo", mount: rest(g.createFlow, status(201))},
		{Method: get, Path: "/api/flows/{id}", Access: read, Family: family, Summary: "Um fluxo", mount: rest(g.getFlow)},
		{Method: put, Path: "/api/flows/{id}", Access: edit, Family: family, Summary: "Publica uma versão nova", mount: rest(g.changeFlow)},
		{Method: remove, Path: "/api/flows/{id}", Access: edit, Family: family, Summary: "Remove um fluxo", mount: rest(g.deleteFlow)},
		{Method: post, Path: "/api/flows/{id}/activate", Access: edit, Family: family, Summary: "Ativa um fluxo", mount: rest(g.activateFlow)},
		{Method: post, Path: "/api/flows/{id}/deactivate", Access: edit, Family: family, Summary: "Desativa um fluxo", mount: rest(g.deactivateFlow)},
		{Method: get, Path: "/api/flows/{id}/runs", Access: read, Family: family, Summary: "Execuções de um fluxo", mount: rest(g.listFlowRuns)},
	}
}

func (g *Gateway) adminRoutes() []Route {
	const family = "administração"
	keys := key(admin, "keys")
	return []Route{
		{Method: get, Path: "/api/settings", Access: key(viewer, "settings"), Family: family, Summary: "Configurações da empresa", mount: rest(g.getSettings)},
		{Method: put, Path: "/api/settings", Access: key(admin, "settings"), Family: family, Summary: "Altera o que for informado das configurações", mount: rest(g.putSettings)},
		{Method: post, Path: "/api/pause", Access: key(admin, "settings"), Family: family, Summary: "Pausa tudo o que é automático", mount: rest(g.pauseTenant)},
		{Method: post, Path: "/api/resume", Access: key(admin, "settings"), Family: family, Summary: "Retoma tudo o que é automático", mount: rest(g.resumeTenant)},
		{Method: get, Path: "/api/keys", Access: keys, Family: family, Summary: "Lista as chaves de API", mount: rest(g.listKeys)},
		{Method: post, Path: "/api/keys", Access: keys, Family: family, Summary: "Cria uma chave de API", mount: rest(g.createKey, status(201))},
		{Method: remove, Path: "/api/keys/{id}", Access: keys, Family: family, Summary: "Revoga uma chave", mount: rest(g.revokeKey)},
		{Method: get, Path: "/api/notifications", Access: key(viewer, "notifications"), Family: family, Summary: "O que foi avisado à equipe", mount: rest(g.listNotifications)},
		{Method: get, Path: "/api/tenants", Access: installer(), Family: "instalação", Summary: "Lista as empresas", mount: rest(g.listTenants)},
		{Method: post, Path: "/api/tenants", Access: installer(), Family: "instalação", Summary: "Cria uma empresa", mount: rest(g.createTenant, status(201))},
		{Method: get, Path: "/api/tenants/{id}/keys", Access: installer(), Family: "instalação", Summary: "Chaves de uma empresa", mount: rest(g.listTenantKeys)},
		{Method: post, Path: "/api/tenants/{id}/keys", Access: installer(), Family: "instalação", Summary: "Cria a chave de uma empresa", mount: rest(g.createTenantKey, status(201))},
	}
}

func (g *Gateway) pageRoutes() []Route {
	const family = "serviço"
	routes := []Route{
		{Method: get, Path: "/", Access: public(), Family: family, Summary: "Página inicial", mount: raw(g.front, describeHTML)},
		{Method: get, Path: "/docs", Access: public(), Family: family, Summary: "Documentação para pessoas", mount: raw(g.docs, describeHTML)},
		{Method: get, Path: "/openapi.json", Access: public(), Family: family, Summary: "Documentação para programas", mount: raw(g.contract, describeContract)},
		{Method: get, Path: "/healthz", Access: public(), Family: family, Summary: "O processo vive", mount: raw(g.live, describeHealth(g))},
		{Method: get, Path: "/readyz", Access: public(), Family: family, Summary: "O serviço está pronto", mount: raw(g.ready, describeHealth(g))},
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
