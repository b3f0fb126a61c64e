package authoring

import (
	"retoma/gateway/web"
)

func (h *Handlers) configRoutes() []web.Route {
	const family, base = "assistentes", "/backend/followup/configs"
	read, edit := web.Key(web.Viewer, "followups"), web.Key(web.Admin, "followups")
	return []web.Route{
		{Method: web.Post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria a configuração de follow-up de um assistente", Mount: web.Rest(h.createConfig, web.Status(201), web.Authored)},
		{Method: web.Get, Path: base + "/assistant/{assistantId}", Access: read, Family: family, Summary: "A configuração de follow-up de um assistente", Mount: web.Rest(h.getConfigOf)},
		{Method: web.Get, Path: base + "/tenant/{tenantId}", Access: read, Family: family, Summary: "As configurações de follow-up da empresa", Mount: web.Rest(h.listConfigs)},
		{Method: web.Get, Path: base + "/{id}", Access: read, Family: family, Summary: "Uma configuração de follow-up", Mount: web.Rest(h.getConfig)},
		{Method: web.Put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma configuração de follow-up", Mount: web.Rest(h.changeConfig, web.Authored)},
		{Method: web.Remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove uma configuração de follow-up", Mount: web.Rest(h.deleteConfig, web.Status(204))},
	}
}
