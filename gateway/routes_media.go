package gateway

func (g *Gateway) mediaRoutes() []Route {
	const family = "arquivos"
	read, act := key(viewer, "media"), key(operator, "media")
	return []Route{
		{Method: get, Path: filesPath, Access: read, Family: family, Summary: "Lista os arquivos", mount: rest(g.listFiles)},
		{Method: post, Path: filesPath, Access: act, Family: family, Creates: true, Streams: true, Summary: "Guarda um arquivo", mount: raw(g.uploadFile, describeUpload)},
		{Method: get, Path: filesPath + "/{id}", Access: read, Family: family, Summary: "O conteúdo de um arquivo", mount: raw(g.downloadFile, describeDownload)},
		{Method: get, Path: filesPath + "/{id}/info", Access: read, Family: family, Summary: "O que se sabe de um arquivo", mount: rest(g.getFile)},
		{Method: remove, Path: filesPath + "/{id}", Access: act, Family: family, Summary: "Remove um arquivo", mount: rest(g.deleteFile)},
		{Method: post, Path: "/api/messages/{id}/media", Access: key(operator, "messages"), Family: family, Summary: "Busca de novo o arquivo que o cliente enviou", mount: rest(g.fetchMessageFile, status(202, 200))},
	}
}
