package store

import (
	"context"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// notificationBody is what has no column of its own.
type notificationBody struct {
	Title string         `json:"title"`
	Text  string         `json:"text"`
	Data  map[string]any `json:"data,omitempty"`
}

func insertNotification(work *batch, n desk.Notification) error {
	body, err := encoded(notificationBody{Title: n.Title, Text: n.Text, Data: n.Data})
	if err != nil {
		return err
	}
	work.exec(`INSERT INTO notifications (id, tenant_id, kind, body, state, attempts, due_at, error, created_at, sent_at)
		VALUES ($1, $2, $3, $4, 'pending', 0, $5, '', $6, 0) ON CONFLICT DO NOTHING`, n.ID, n.TenantID, n.Kind, text(body), millis(n.DueAt), millis(n.At))
	return nil
}

// Notify notes something that the team is told, outside of a unit of work. The same id is noted once.
func (s *Store) Notify(ctx context.Context, n desk.Notification) error {
	var work batch
	if err := insertNotification(&work, n); err != nil {
		return err
	}
	return s.writeBatch(ctx, "notify", &work)
}

const notificationColumns = `id, tenant_id, kind, body, attempts, due_at, created_at, state, error`

func scanNotification(row scanner) (desk.Notification, error) {
	var n desk.Notification
	var body string
	var dueAt, createdAt int64
	if err := row.Scan(&n.ID, &n.TenantID, &n.Kind, &body, &n.Attempts, &dueAt, &createdAt, &n.State, &n.Problem); err != nil {
		return n, err
	}
	n.DueAt, n.At = instant(dueAt), instant(createdAt)
	n.Problem, _, _ = strings.Cut(n.Problem, " [entregue:") // what follows is for the next attempt, not for people
	var rest notificationBody
	err := decode(body, &rest)
	n.Title, n.Text, n.Data = rest.Title, rest.Text, rest.Data
	return n, err
}

// ClaimNotification takes a due notification for delivery: it is not given to anybody else until the lease is over.
func (s *Store) ClaimNotification(ctx context.Context, id string, now time.Time, lease time.Duration) (desk.Notification, bool, error) {
	var claimed desk.Notification
	var found bool
	err := s.write(ctx, "claim notification", func(tx transaction) error {
		found = false
		var work batch
		work.query(func(row scanner) (err error) {
			found = true
			claimed, err = scanNotification(row)
			return err
		}, `UPDATE notifications SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND state = 'pending' AND due_at <= $2 RETURNING `+notificationColumns,
			id, millis(now), millis(now.Add(lease)))
		return tx.run(ctx, &work)
	})
	return claimed, found, err
}

// EndNotification notes that a notification was delivered, given up ("failed"), or is tried again at a time ("pending").
func (s *Store) EndNotification(ctx context.Context, id, state, problem string, dueAt time.Time) error {
	var work batch
	work.exec(`UPDATE notifications SET state = $2, error = $3, due_at = $4, sent_at = CASE WHEN $2 = 'sent' THEN $5 ELSE sent_at END WHERE id = $1`,
		id, state, text(problem), millis(dueAt), millis(s.now()))
	return s.writeBatch(ctx, "end notification", &work)
}

// OverdueNotifications lists notifications that are due.
func (s *Store) OverdueNotifications(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.list(ctx, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM notifications WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at LIMIT $2", millis(now), limit)
	return ids, err
}

// Notifications lists what the team was told, newest first.
func (s *Store) Notifications(ctx context.Context, tenantID string, page chat.Page) ([]desk.Notification, error) {
	where := newFilter("tenant_id", tenantID)
	where.page("id", page)
	limit := where.limit(page)
	var notifications []desk.Notification
	err := s.list(ctx, func(row scanner) error {
		notification, err := scanNotification(row)
		notifications = append(notifications, notification)
		return err
	}, "SELECT "+notificationColumns+" FROM notifications WHERE "+where.text()+" ORDER BY id DESC"+limit, where.args...)
	return notifications, err
}

// NotificationProblem is the problem that the last EndNotification of a notification wrote; empty if none.
func (s *Store) NotificationProblem(ctx context.Context, id string) (string, error) {
	var problem string
	found, err := s.one(ctx, func(row scanner) error { return row.Scan(&problem) }, "SELECT error FROM notifications WHERE id = $1", id)
	return problem, orNotFound(found, err, "Notificação não encontrada")
}
