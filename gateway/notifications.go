package gateway

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

type notificationStore interface {
	Notifications(ctx context.Context, tenantID string, page chat.Page) ([]desk.Notification, error)
	// Notify notes one; the same id is noted once.
	Notify(ctx context.Context, n desk.Notification) error
}

type notificationView struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind" doc:"como send.failed, message.unconfirmed, inbox.quarantined"`
	Title    string         `json:"title"`
	Text     string         `json:"text"`
	Data     map[string]any `json:"data,omitempty"`
	Status   string         `json:"status" enum:"pending,sent,failed"`
	Attempts int            `json:"attempts"`
	Problem  string         `json:"problem,omitempty" doc:"o que impediu a última tentativa"`
	At       time.Time      `json:"at"`
}

func viewNotification(n desk.Notification) notificationView {
	return notificationView{ID: n.ID, Kind: n.Kind, Title: n.Title, Text: n.Text, Data: n.Data, Status: n.State, Attempts: n.Attempts, Problem: n.Problem, At: n.At.UTC()}
}

type notificationsIn struct{ Paging }

// listNotifications shows what the team was told, newest first.
func (g *Gateway) listNotifications(ctx context.Context, in *notificationsIn) (*Answer[[]notificationView], error) {
	page := in.page()
	rows, err := g.Store.Notifications(ctx, tenantOf(ctx), ahead(page))
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewNotification, func(n desk.Notification) string { return n.ID }), nil
}
