package gateway

func (g *Gateway) personRoutes() []Route {
	const family = "contatos"
	read, act := key(viewer, "contacts"), key(operator, "contacts")
	return []Route{
		{Method: get, Path: "/api/contacts", Access: read, Family: family, Summary: "Lista ou procura contatos", mount: rest(g.listContacts)},
		{Method: post, Path: "/api/contacts", Access: act, Family: family, Creates: true, Summary: "Cria um contato", mount: rest(g.createContact, status(201, 200))},
		{Method: post, Path: "/api/contacts/opt-outs", Access: key(admin, "contacts"), Family: family, Creates: true, Summary: "Inclui uma lista de quem não quer mensagens", mount: raw(g.refuseList, describeRefuseList)},
		{Method: get, Path: "/api/contacts/{id}", Access: read, Family: family, Summary: "Um contato", mount: rest(g.getContact)},
		{Method: patch, Path: "/api/contacts/{id}", Access: act, Family: family, Summary: "Altera um contato", mount: rest(g.changeContact)},
		{Method: post, Path: "/api/contacts/{id}/opt-out", Access: act, Family: family, Summary: "O contato não quer mensagens", mount: rest(g.optOut)},
		{Method: post, Path: "/api/contacts/{id}/opt-in", Access: act, Family: family, Summary: "O contato quer mensagens de novo", mount: rest(g.optIn)},
	}
}

func (g *Gateway) identityRoutes() []Route {
	return []Route{
		{Method: post, Path: "/api/contacts/{id}/merge", Access: key(admin, "contacts"), Family: "contatos",
			Summary: "Une outro contato a este: são a mesma pessoa", mount: rest(g.mergeContact)},
	}
}
