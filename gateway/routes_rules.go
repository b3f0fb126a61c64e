package gateway

func (g *Gateway) ruleRoutes() []Route {
	const family, base = "regras", "/api/followups/rules"
	read, edit, act := key(viewer, "followups"), key(admin, "followups"), key(operator, "followups")
	return []Route{
		{Method: get, Path: base, Access: read, Family: family, Summary: "Lista as regras de follow-up", mount: rest(g.listRules)},
		{Method: post, Path: base, Access: edit, Family: family, Creates: true, Summary: "Cria uma regra de follow-up", mount: rest(g.createRule, status(201), authored)},
		{Method: get, Path: base + "/{id}", Access: read, Family: family, Summary: "Uma regra", mount: rest(g.getRule)},
		{Method: put, Path: base + "/{id}", Access: edit, Family: family, Summary: "Altera o que for informado de uma regra", mount: rest(g.changeRule, authored)},
		{Method: remove, Path: base + "/{id}", Access: edit, Family: family, Summary: "Remove uma regra", mount: rest(g.deleteRule)},
		{Method: post, Path: base + "/{id}/toggle", Access: edit, Family: family, Summary: "Ativa ou desativa uma regra", mount: rest(g.toggleRule)},
		{Method: post, Path: base + "/{id}/preview", Access: read, Family: family, Summary: "Conversas em silêncio que a regra alcançaria", mount: rest(g.previewRule)},
		{Method: post, Path: base + "/{id}/send-test", Access: act, Family: family, Creates: true, Summary: "Envia a mensagem da regra a um número", mount: rest(g.sendRuleTest, status(202))},
	}
}
