package conversations

import (
	"retoma/gateway/web"
)

func (h *Handlers) mediaRoutes() []web.Route {
	const family = "arquivos"
	read, act := web.Key(web.Viewer, "media"), web.Key(web.Operator, "media")
	return []web.Route{
		{Method: web.Get, Path: web.FilesPath, Access: read, Family: family, Summary: "Lista os arquivos", Mount: web.Rest(h.listFiles)},
		{Method: web.Post, Path: web.FilesPath, Access: act, Family: family, Creates: true, Streams: true, Summary: "Guarda um arquivo", Mount: web.Raw(h.uploadFile, describeUpload)},
		{Method: web.Get, Path: web.FilesPath + "/{id}", Access: read, Family: family, Summary: "O conteúdo de um arquivo", Mount: web.Raw(h.downloadFile, describeDownload)},
		{Method: web.Get, Path: web.FilesPath + "/{id}/info", Access: read, Family: family, Summary: "O que se sabe de um arquivo", Mount: web.Rest(h.getFile)},
		{Method: web.Remove, Path: web.FilesPath + "/{id}", Access: act, Family: family, Summary: "Remove um arquivo", Mount: web.Rest(h.deleteFile)},
		{Method: web.Post, Path: "/api/messages/{id}/media", Access: web.Key(web.Operator, "messages"), Family: family, Summary: "Busca de novo o arquivo que o cliente enviou", Mount: web.Rest(h.fetchMessageFile, web.Status(202, 200))},
	}
}
