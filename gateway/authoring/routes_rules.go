package authoring

import (
	"retoma/gateway/web"
)

func (h *Handlers) ruleRoutes() []web.Route {
	const family, base = "regras", "/api/followups/rules"
	read, edit, act := web.Key(web.Viewer, "followups"), web.Key(web.Admin, "followups"), web.Key(web.Operator, "followups")
	return []web.Route{
		{Method: web.Get, Path: base, Access: read, Family: family, Summary: "Lista as regras de follow-up", Mount: web.Rest(h.listRules)},
		{Method: web.Post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria uma regra de follow-up", Mount: web.Rest(h.createRule, web.Status(201), web.Authored)},
		{Method: web.Get, Path: base + "/{id}", Access: read, Family: family, Summary: "Uma regra", Mount: web.Rest(h.getRule)},
		{Method: web.Put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma regra", Mount: web.Rest(h.changeRule, web.Authored)},
		{Method: web.Remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove uma regra", Mount: web.Rest(h.deleteRule)},
		{Method: web.Post, Path: base + "/{id}/toggle", Access: edit, Family: family, Summary: "Ativa ou desativa uma regra", Mount: web.Rest(h.toggleRule)},
		{Method: web.Post, Path: base + "/{id}/preview", Access: read, Family: family, Summary: "Conversas em silêncio que a regra alcançaria", Mount: web.Rest(h.previewRule)},
		{Method: web.Post, Path: base + "/{id}/send-test", Access: act, Family: family, Creates: true, Summary: "Envia a mensagem da regra a um número", Mount: web.Rest(h.sendRuleTest, web.Status(202))},
	}
}
