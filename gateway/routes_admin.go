package gateway

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
