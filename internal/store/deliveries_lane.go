package store

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// A subscription is delivered to by one process at a time, the one that holds its lease: so its deliveries keep their order
// by contact and their number at once, however many processes there are.

// Subscribed tells whether the installation has any subscription that is told.
func (s *Store) Subscribed(ctx context.Context) (bool, error) {
	return s.one(ctx, func(scanner) error { return nil }, "SELECT 1 FROM subscriptions WHERE disabled_at = 0 LIMIT 1")
}

// DueSubscriptions lists subscriptions that have something to be told now and that nobody delivers to.
func (s *Store) DueSubscriptions(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.list(ctx, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT s.id FROM subscriptions s WHERE s.disabled_at = 0 AND s.leased_until <= $1 AND s.rest_until <= $1
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subscription_id = s.id AND d.state = 'pending' AND d.due_at <= $1) LIMIT $2`, millis(now), limit)
	return ids, err
}

// LeaseSubscription takes, or goes on holding, the lease of a subscription until a time. taken is false if somebody else has
// it or the subscription is not told any more.
func (s *Store) LeaseSubscription(ctx context.Context, id, owner string, now, until time.Time) (one desk.Subscription, taken bool, err error) {
	err = s.write(ctx, "lease", func(tx transaction) error {
		taken = false
		var work batch
		work.query(func(row scanner) (err error) {
			taken = true
			one, err = s.scanSubscription(row)
			return err
		}, `UPDATE subscriptions SET leased_by = $2, leased_until = $4 WHERE id = $1 AND disabled_at = 0 AND (leased_until <= $3 OR leased_by = $2)
			RETURNING `+subscriptionColumns, id, owner, millis(now), millis(until))
		return tx.run(ctx, &work)
	})
	return one, taken, err
}

// ReleaseSubscription gives a lease back.
func (s *Store) ReleaseSubscription(ctx context.Context, id, owner string) error {
	var work batch
	work.exec("UPDATE subscriptions SET leased_by = '', leased_until = 0 WHERE id = $1 AND leased_by = $2", id, owner)
	return s.writeBatch(ctx, "lease", &work)
}

// DueDeliveries are a subscription's deliveries that are due, with their bodies, in the order of the facts.
func (s *Store) DueDeliveries(ctx context.Context, subscriptionID string, now time.Time, limit int) ([]desk.Delivery, error) {
	var all []desk.Delivery
	err := s.list(ctx, func(row scanner) error {
		var body string
		one, err := scanDelivery(row, &body)
		one.Body = body
		all = append(all, one)
		return err
	}, "SELECT "+deliveryColumns+", e.body"+deliveryTables+`WHERE d.subscription_id = $1 AND d.state = 'pending' AND d.due_at <= $2
		ORDER BY d.sequence, d.id LIMIT $3`, subscriptionID, millis(now), limit)
	return all, err
}

// NoteAttempt notes how an attempt ended. A subscription that was told to go away, or that has failed since before hopeless,
// is disabled in the same transaction, and the team's notification is given; it is empty otherwise.
func (s *Store) NoteAttempt(ctx context.Context, a desk.Attempt, hopeless time.Time) (notificationID string, err error) {
	err = s.write(ctx, "deliver", func(tx transaction) error {
		notificationID = ""
		var work batch
		if a.State == desk.Delivered { // the subscription's row first, as in every transaction over both
			work.exec(`UPDATE subscriptions SET delivered_at = $2, failing_since = 0, failures = 0, rest_until = 0 WHERE id = $1`,
				a.Delivery.SubscriptionID, millis(a.At))
			noteDelivery(&work, a)
			return tx.run(ctx, &work)
		}
		failing := noteFailure(&work, a)
		noteDelivery(&work, a)
		if err := tx.run(ctx, &work); err != nil {
			return err
		}
		reason := failing.verdict(a, hopeless)
		if reason == "" {
			return nil
		}
		notificationID = chat.NewID()
		return disable(ctx, tx, a, failing.url, reason, notificationID)
	})
	return notificationID, err
}

func noteDelivery(work *batch, a desk.Attempt) {
	ended := a.At
	if a.State == desk.DeliveryPending {
		ended = time.Time{}
	}
	work.exec(`UPDATE deliveries SET state = $2, attempts = attempts + 1, due_at = $3, status = $4, error = $5, ended_at = $6
		WHERE id = $1 AND state = 'pending'`,
		a.Delivery.ID, string(a.State), millis(a.DueAt), a.Status, text(a.Problem), millis(ended))
}

// failingSubscription is what a failure left of a subscription; known is false if it is not told any more.
type failingSubscription struct {
	known bool
	url   string
	since int64
}

func noteFailure(work *batch, a desk.Attempt) *failingSubscription {
	failing := &failingSubscription{}
	work.query(func(row scanner) error {
		failing.known = true
		return row.Scan(&failing.url, &failing.since)
	}, `UPDATE subscriptions SET failures = failures + 1, failing_since = CASE WHEN failing_since = 0 THEN $2 ELSE failing_since END,
		rest_until = CASE WHEN rest_until < $3 THEN $3 ELSE rest_until END WHERE id = $1 AND disabled_at = 0 RETURNING url, failing_since`,
		a.Delivery.SubscriptionID, millis(a.At), millis(a.RestUntil))
	return failing
}

// verdict is why the subscription is to be disabled; empty: it is not.
func (f *failingSubscription) verdict(a desk.Attempt, hopeless time.Time) string {
	switch {
	case !f.known:
		return ""
	case a.Gone:
		return desk.DisabledByGone
	case f.since <= millis(hopeless):
		return desk.DisabledByFailures
	}
	return ""
}

// disable ends a subscription's telling, and tells the team.
func disable(ctx context.Context, tx transaction, a desk.Attempt, url, reason, notificationID string) error {
	words := map[string]string{
		desk.DisabledByGone:     "O endereço respondeu 410 (Gone), que quer dizer: não envie mais.",
		desk.DisabledByFailures: "Há dias nenhuma entrega foi aceita.",
	}
	var work batch
	work.exec("UPDATE subscriptions SET disabled_at = $2, disabled_reason = $3, updated_at = $2 WHERE id = $1", a.Delivery.SubscriptionID, millis(a.At), reason)
	work.exec("DELETE FROM subscription_events WHERE tenant_id = $1 AND subscription_id = $2", a.Delivery.TenantID, a.Delivery.SubscriptionID)
	err := insertNotification(&work, desk.Notification{
		ID: notificationID, TenantID: a.Delivery.TenantID, Kind: desk.SubscriptionDisabled, Title: "Assinatura desligada",
		Text: words[reason] + " A assinatura " + hostOf(url) + " foi desligada: o que acontecer até ela ser ligada de novo não será contado a ela.",
		Data: map[string]any{"subscriptionId": a.Delivery.SubscriptionID, "reason": reason, "status": a.Status, "problem": a.Problem}, At: a.At, DueAt: a.At,
	})
	if err != nil {
		return err
	}
	return tx.run(ctx, &work)
}
