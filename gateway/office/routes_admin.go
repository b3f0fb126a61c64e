package office

import (
	"retoma/gateway/web"
)

func (h *Handlers) adminRoutes() []web.Route {
	const family = "administração"
	keys := web.Key(web.Admin, "keys")
	return []web.Route{
		{Method: web.Get, Path: "/api/settings", Access: web.Key(web.Viewer, "settings"), Family: family, Summary: "Configurações da empresa", Mount: web.Rest(h.getSettings)},
		{Method: web.Put, Path: "/api/settings", Access: web.Key(web.Admin, "settings"), Family: family, Summary: "Altera o que for informado das configurações", Mount: web.Rest(h.putSettings)},
		{Method: web.Post, Path: "/api/pause", Access: web.Key(web.Admin, "settings"), Family: family, Summary: "Pausa tudo o que é automático", Mount: web.Rest(h.pauseTenant)},
		{Method: web.Post, Path: "/api/resume", Access: web.Key(web.Admin, "settings"), Family: family, Summary: "Retoma tudo o que é automático", Mount: web.Rest(h.resumeTenant)},
		{Method: web.Get, Path: "/api/keys", Access: keys, Family: family, Summary: "Lista as chaves de API", Mount: web.Rest(h.listKeys)},
		{Method: web.Post, Path: "/api/keys", Access: keys, Family: family, Summary: "Cria uma chave de API", Mount: web.Rest(h.createKey, web.Status(201))},
		{Method: web.Remove, Path: "/api/keys/{id}", Access: keys, Family: family, Summary: "Revoga uma chave", Mount: web.Rest(h.revokeKey)},
		{Method: web.Get, Path: "/api/notifications", Access: web.Key(web.Viewer, "notifications"), Family: family, Summary: "O que foi avisado à equipe", Mount: web.Rest(h.listNotifications)},
		{Method: web.Post, Path: "/api/doctor", Access: web.Installer(), Family: "instalação", Summary: "O que está errado na instalação, e o que fazer", Mount: web.Rest(h.examine)},
		{Method: web.Get, Path: "/api/tenants", Access: web.Installer(), Family: "instalação", Summary: "Lista as empresas", Mount: web.Rest(h.listTenants)},
		{Method: web.Post, Path: "/api/tenants", Access: web.Installer(), Family: "instalação", Summary: "Cria uma empresa", Mount: web.Rest(h.createTenant, web.Status(201))},
		{Method: web.Get, Path: "/api/tenants/{id}/keys", Access: web.Installer(), Family: "instalação", Summary: "Chaves de uma empresa", Mount: web.Rest(h.listTenantKeys)},
		{Method: web.Post, Path: "/api/tenants/{id}/keys", Access: web.Installer(), Family: "instalação", Summary: "Cria a chave de uma empresa", Mount: web.Rest(h.createTenantKey, web.Status(201))},
	}
}
