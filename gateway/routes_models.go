package gateway

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
		{Method: post, Path: base + "/{id}/send-test", Access: enrol, Family: family, Creates: true, Summary: "Envia uma mensagem do modelo a um número", mount: rest(g.sendModelTest, status(202))},
	}
}
