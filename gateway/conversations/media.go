package conversations

import (
	"context"
	"io"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Files keeps the bytes of tenants' files.
type Files interface {
	// Take reads an upload to its end, checks it and keeps it; the same bytes again are the same file.
	Take(ctx context.Context, tenantID string, body io.Reader, claim desk.FileClaim) (chat.File, error)
	// Read begins to read a kept file at an offset; the context must last as long as the reading.
	Read(ctx context.Context, file chat.File, offset int64) (io.ReadCloser, error)
}

const fileNotFound = "Arquivo não encontrado"

// FileView is a file as it is shown.
type FileView struct {
	ID       string           `json:"id"`
	Kind     chat.ContentType `json:"kind" enum:"image,video,audio,document,sticker" doc:"como é enviado, se a mensagem não disser outra coisa"`
	MIME     string           `json:"mime,omitempty"`
	Size     int64            `json:"size,omitempty" doc:"bytes"`
	SHA256   string           `json:"sha256,omitempty" doc:"em hexadecimal"`
	FileName string           `json:"fileName,omitempty"`
	Status   chat.FileState   `json:"status" enum:"fetching,kept,failed" doc:"o que um cliente enviou é buscado primeiro no provedor"`
	Problem  string           `json:"problem,omitempty" doc:"por que não foi obtido"`
	URL      string           `json:"url" doc:"onde buscar o conteúdo"`
	// MessageID is the customer's message that brought it.
	MessageID string     `json:"messageId,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	KeptAt    *time.Time `json:"keptAt,omitempty"`
}

func viewFile(f chat.File) FileView {
	return FileView{
		ID: f.ID, Kind: f.Kind, MIME: f.MIME, Size: f.Size, SHA256: f.SHA256, FileName: f.FileName, Status: f.State, Problem: f.Problem,
		URL: fileURL(f.ID), MessageID: f.MessageID, CreatedAt: f.CreatedAt.UTC(), KeptAt: web.When(f.KeptAt),
	}
}

func fileURL(id string) string { return web.FilesPath + "/" + id }

// fileAt finds the file that a path names.
func (h *Handlers) fileAt(ctx context.Context, text string) (chat.File, error) {
	id, err := web.PathID(text, fileNotFound)
	if err != nil {
		return chat.File{}, err
	}
	return h.Store.File(ctx, web.TenantOf(ctx), id)
}

func (h *Handlers) getFile(ctx context.Context, in *web.ByID) (*web.Answer[FileView], error) {
	file, err := h.fileAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(viewFile(file))
}

type filesIn struct {
	Status chat.FileState `query:"status" enum:"fetching,kept,failed"`
	web.Paging
}

func (h *Handlers) listFiles(ctx context.Context, in *filesIn) (*web.Answer[[]FileView], error) {
	page := in.Page()
	rows, err := h.Store.Files(ctx, web.TenantOf(ctx), chat.FileFilter{State: in.Status, Page: web.Ahead(page)})
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewFile, func(f chat.File) string { return f.ID }), nil
}

func (h *Handlers) deleteFile(ctx context.Context, in *web.ByID) (*web.Said, error) {
	file, err := h.fileAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.Store.DeleteFile(ctx, file.TenantID, file.ID); err != nil {
		return nil, err
	}
	return web.Say("Arquivo removido")
}

// fetchMessageFile has the file of a customer's message fetched again, at once.
func (h *Handlers) fetchMessageFile(ctx context.Context, in *web.ByID) (*web.Answer[MessageView], error) {
	message, err := h.messageAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if message.Content.Media == nil || message.Content.Media.Status == "" {
		return nil, fault.New(fault.Impossible, "esta mensagem não trouxe nenhum arquivo")
	}
	switch message.Content.Media.Status {
	case chat.FileKept:
		return web.OK(viewMessage(message))
	case chat.FileDeleted:
		return nil, fault.New(fault.Conflict, "o arquivo desta mensagem foi removido e não é buscado de novo: peça que o cliente o envie outra vez")
	}
	if _, err := h.Store.FetchAgain(ctx, message.TenantID, message.ID); err != nil {
		return nil, err
	}
	h.FilesArrived()
	if message, err = h.Store.Message(ctx, message.TenantID, message.ID); err != nil {
		return nil, err
	}
	return web.With(202, viewMessage(message))
}

// MediaView is a message's attachment as it is shown.
type MediaView struct {
	ID       string         `json:"id,omitempty" doc:"id do arquivo em /api/media"`
	URL      string         `json:"url,omitempty" doc:"onde buscar o conteúdo: em /api/media, ou o link com que foi enviado"`
	MIME     string         `json:"mime,omitempty"`
	Size     int64          `json:"size,omitempty" doc:"bytes"`
	SHA256   string         `json:"sha256,omitempty"`
	FileName string         `json:"fileName,omitempty"`
	Status   chat.FileState `json:"status,omitempty" enum:"fetching,kept,failed,deleted" doc:"de um arquivo que o cliente enviou"`
	Problem  string         `json:"problem,omitempty" doc:"por que não foi obtido; POST /api/messages/{id}/media tenta de novo"`
	Voice    bool           `json:"voice,omitempty"`
	Animated bool           `json:"animated,omitempty"`
	// ProviderID is what the provider calls it.
	ProviderID string `json:"providerId,omitempty"`
}

func viewMedia(m *chat.Media) *MediaView {
	if m == nil {
		return nil
	}
	view := &MediaView{
		ID: m.MediaID, URL: m.Link, MIME: m.MIME, Size: m.Size, SHA256: m.SHA256, FileName: m.FileName, Status: m.Status, Problem: m.Problem,
		Voice: m.Voice, Animated: m.Animated, ProviderID: m.ID,
	}
	if m.MediaID != "" {
		view.URL = fileURL(m.MediaID)
	}
	return view
}
