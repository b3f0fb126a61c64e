package gateway

func (g *Gateway) configRoutes() []Route {
	const family, base = "assistentes", "/backend/followup/configs"
	read, edit := key(viewer, "followups"), key(admin, "followups")
	return []Route{
		{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria a configuração de follow-up de um assistente", mount: rest(g.createConfig, status(201), authored)},
		{Method: get, Path: base + "/assistant/{assistantId}", Access: read, Family: family, Summary: "A configuração de follow-up de um assistente", mount: rest(g.getConfigOf)},
		{Method: get, Path: base + "/tenant/{tenantId}", Access: read, Family: family, Summary: "As configurações de follow-up da empresa", mount: rest(g.listConfigs)},
		{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Uma configuração de follow-up", mount: rest(g.getConfig)},
		{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma configuração de follow-up", mount: rest(g.changeConfig, authored)},
		{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove uma configuração de follow-up", mount: rest(g.deleteConfig, status(204))},
	}
}
