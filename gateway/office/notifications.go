package office

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/desk"
)

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

type notificationsIn struct{ web.Paging }

// listNotifications shows what the team was told, newest first.
func (h *Handlers) listNotifications(ctx context.Context, in *notificationsIn) (*web.Answer[[]notificationView], error) {
	page := in.Page()
	rows, err := h.Store.Notifications(ctx, web.TenantOf(ctx), web.Ahead(page))
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewNotification, func(n desk.Notification) string { return n.ID }), nil
}
