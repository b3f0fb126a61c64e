package store

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

const deliveryColumns = `d.id, d.tenant_id, d.subscription_id, d.event_id, e.event, d.sequence, d.contact_id, d.state, d.attempts, d.since, d.due_at,
	d.status, d.error, d.created_at, d.ended_at`

const deliveryTables = " FROM deliveries d JOIN outgoing_events e ON e.id = d.event_id "

func scanDelivery(row scanner, more ...any) (desk.Delivery, error) {
	var d desk.Delivery
	var since, dueAt, createdAt, endedAt int64
	targets := []any{&d.ID, &d.TenantID, &d.SubscriptionID, &d.EventID, &d.Event, &d.Sequence, &d.ContactID, &d.State, &d.Attempts, &since, &dueAt,
		&d.Status, &d.Problem, &createdAt, &endedAt}
	err := row.Scan(append(targets, more...)...)
	d.Since, d.DueAt, d.CreatedAt, d.EndedAt = instant(since), instant(dueAt), instant(createdAt), instant(endedAt)
	return d, err
}

// Deliveries lists a subscription's deliveries, newest first, without their bodies.
func (s *Store) Deliveries(ctx context.Context, tenantID, subscriptionID string, filter desk.DeliveryFilter) ([]desk.Delivery, error) {
	where := newFilter("d.tenant_id", tenantID)
	where.equal("d.subscription_id", subscriptionID)
	if filter.State != "" {
		where.equal("d.state", string(filter.State))
	}
	page := chat.Page{Limit: filter.Limit, Cursor: filter.Cursor}
	where.page("d.id", page)
	limit := where.limit(page)
	var all []desk.Delivery
	err := s.list(ctx, func(row scanner) error {
		one, err := scanDelivery(row)
		all = append(all, one)
		return err
	}, "SELECT "+deliveryColumns+deliveryTables+"WHERE "+where.text()+" ORDER BY d.id DESC"+limit, where.args...)
	return all, err
}

// TellOne writes an event for one subscription alone, such as a ping.
func (s *Store) TellOne(ctx context.Context, subscriptionID string, event desk.OutgoingEvent) (desk.Delivery, error) {
	var work batch
	now := s.now()
	delivery := desk.Delivery{ID: chat.NewID(), TenantID: event.TenantID, SubscriptionID: subscriptionID, EventID: event.ID, Event: event.Event,
		State: desk.DeliveryPending, Since: now, DueAt: now, CreatedAt: now}
	endRest(&work, subscriptionID)
	insertEvent(&work, event, millis(now))
	insertDelivery(&work, event, delivery.ID, subscriptionID, millis(now))
	return delivery, s.writeBatch(ctx, "replay", &work)
}

// Replay makes deliveries of a subscription due again, as if they had never been tried, and tells how many. A single one that
// does not exist is fault.NotFound.
func (s *Store) Replay(ctx context.Context, tenantID, subscriptionID string, which desk.Replay) (replayed int64, err error) {
	where := newFilter("tenant_id", tenantID)
	where.equal("subscription_id", subscriptionID)
	if which.DeliveryID != "" {
		where.equal("id", which.DeliveryID)
	} else {
		where.add("created_at >= %s", millis(which.Since))
		if !which.Until.IsZero() {
			where.add("created_at <= %s", millis(which.Until))
		}
	}
	condition := where.text()
	now := place(len(where.args) + 1)
	err = s.write(ctx, "replay", func(tx transaction) error {
		var work batch
		endRest(&work, subscriptionID)
		work.count(&replayed, "UPDATE deliveries SET state = 'pending', attempts = 0, since = "+now+", due_at = "+now+", ended_at = 0 WHERE "+condition,
			append(where.args, millis(s.now()))...)
		return tx.run(ctx, &work)
	})
	if err == nil && replayed == 0 && which.DeliveryID != "" {
		return 0, fault.New(fault.NotFound, "Entrega não encontrada")
	}
	return replayed, err
}

// endRest lets a subscription be tried at once: a person asks for it.
func endRest(work *batch, subscriptionID string) {
	work.exec("UPDATE subscriptions SET rest_until = 0 WHERE id = $1", subscriptionID)
}

// pruneMost is how many rows of a kind one transaction deletes.
const pruneMost = 2000

// PruneDeliveries deletes deliveries that succeeded, and those that failed or were never tried again, before the given times,
// and events that nobody is told any more. more tells that there may be more of them.
func (s *Store) PruneDeliveries(ctx context.Context, delivered, failed time.Time) (more bool, err error) {
	var work batch
	counts := make([]int64, 4)
	work.count(&counts[0], `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state = 'delivered' AND ended_at < $1 LIMIT $2)`, millis(delivered), pruneMost)
	work.count(&counts[1], `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state = 'failed' AND ended_at < $1 LIMIT $2)`, millis(failed), pruneMost)
	work.count(&counts[2], `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state = 'pending' AND due_at < $1 AND since < $1 LIMIT $2)`, millis(failed), pruneMost)
	work.count(&counts[3], `DELETE FROM outgoing_events WHERE id IN (SELECT e.id FROM outgoing_events e WHERE e.created_at < $1
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id) LIMIT $2)`, millis(delivered), pruneMost)
	err = s.writeBatch(ctx, "prune", &work)
	for _, count := range counts {
		more = more || count == pruneMost
	}
	return more, err
}
