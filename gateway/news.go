package gateway

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

type newsStore interface {
	News(ctx context.Context, tenantID, channelID string, page chat.Page) ([]desk.KeptNews, error)
	Rejected(ctx context.Context, tenantID, channelID string, page chat.Page) ([]desk.KeptItem, error)
}

type ofChannelIn struct {
	ID string `path:"id"`
	Paging
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
	return newsView{ID: n.ID, Field: n.Field, Text: n.Text, At: when(n.At), ReceivedAt: n.ReceivedAt.UTC(), Data: n.Data}
}

// listNews shows what the provider told about a channel, newest first.
func (g *Gateway) listNews(ctx context.Context, in *ofChannelIn) (*Answer[[]newsView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := in.page()
	rows, err := g.Store.News(ctx, channel.TenantID, channel.ID, ahead(page))
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewNews, func(n desk.KeptNews) string { return n.ID }), nil
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
func (g *Gateway) listRejected(ctx context.Context, in *ofChannelIn) (*Answer[[]rejectedView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := in.page()
	rows, err := g.Store.Rejected(ctx, channel.TenantID, channel.ID, ahead(page))
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewRejected, func(item desk.KeptItem) string { return item.ID }), nil
}
