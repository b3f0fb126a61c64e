package channels

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/desk"
)

type ofChannelIn struct {
	ID string `path:"id"`
	web.Paging
}

type newsView struct {
	ID         string         `json:"id"`
	Field      string         `json:"field" doc:"como o provedor chama este tipo de notícia"`
	Text       string         `json:"text,omitempty" doc:"para pessoas"`
	At         *time.Time     `json:"at,omitempty" doc:"a hora do provedor, se ele a disse"`
	ReceivedAt time.Time      `json:"receivedAt"`
	Data       map[string]any `json:"data,omitempty" doc:"tudo o que veio"`
}

func viewNews(n desk.KeptNews) newsView {
	return newsView{ID: n.ID, Field: n.Field, Text: n.Text, At: web.When(n.At), ReceivedAt: n.ReceivedAt.UTC(), Data: n.Data}
}

// listNews shows what the provider told about a channel, newest first.
func (h *Handlers) listNews(ctx context.Context, in *ofChannelIn) (*web.Answer[[]newsView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := in.Page()
	rows, err := h.Store.News(ctx, channel.TenantID, channel.ID, web.Ahead(page))
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewNews, func(n desk.KeptNews) string { return n.ID }), nil
}

type rejectedView struct {
	ID         string    `json:"id"`
	Reason     string    `json:"reason" doc:"por que não pôde ser usada"`
	Raw        string    `json:"raw" doc:"como veio"`
	ReceivedAt time.Time `json:"receivedAt"`
}

func viewRejected(item desk.KeptItem) rejectedView {
	return rejectedView{ID: item.ID, Reason: item.Reason, Raw: item.Raw, ReceivedAt: item.ReceivedAt.UTC()}
}

// listRejected shows the parts of a channel's webhooks that could not be used, newest first.
func (h *Handlers) listRejected(ctx context.Context, in *ofChannelIn) (*web.Answer[[]rejectedView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := in.Page()
	rows, err := h.Store.Rejected(ctx, channel.TenantID, channel.ID, web.Ahead(page))
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewRejected, func(item desk.KeptItem) string { return item.ID }), nil
}
