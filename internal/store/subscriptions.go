package store

import (
	"context"
	"net/url"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

const subscriptionColumns = `id, tenant_id, url, description, events, secret, former_secret, former_until, disabled_at, disabled_reason,
	failing_since, failures, rest_until, delivered_at, created_at, updated_at`

func (s *Store) scanSubscription(row scanner) (desk.Subscription, error) {
	var one desk.Subscription
	var events, secret, former string
	var formerUntil, disabledAt, failingSince, restUntil, deliveredAt, createdAt, updatedAt int64
	err := row.Scan(&one.ID, &one.TenantID, &one.URL, &one.Description, &events, &secret, &former, &formerUntil, &disabledAt, &one.DisabledReason,
		&failingSince, &one.Failures, &restUntil, &deliveredAt, &createdAt, &updatedAt)
	if err != nil {
		return one, err
	}
	one.FormerUntil, one.DisabledAt, one.FailingSince, one.RestUntil = instant(formerUntil), instant(disabledAt), instant(failingSince), instant(restUntil)
	one.DeliveredAt, one.CreatedAt, one.UpdatedAt = instant(deliveredAt), instant(createdAt), instant(updatedAt)
	if err := decode(events, &one.Events); err != nil {
		return one, err
	}
	if one.Secret, err = s.vault.unlock(secret, one.ID); err != nil {
		return one, err
	}
	one.FormerSecret, err = s.vault.unlock(former, one.ID)
	return one, err
}

// subscriptionValues are the columns that a person may change, after id and tenant.
func (s *Store) subscriptionValues(one desk.Subscription) ([]any, error) {
	events, err := encoded(one.Events)
	if err != nil {
		return nil, err
	}
	secret, err := s.vault.lock(one.Secret, one.ID)
	if err != nil {
		return nil, err
	}
	former, err := s.vault.lock(one.FormerSecret, one.ID)
	if err != nil {
		return nil, err
	}
	return []any{one.ID, one.TenantID, text(one.URL), text(one.Description), text(events), secret, former, millis(one.FormerUntil),
		millis(one.DisabledAt), one.DisabledReason, millis(one.FailingSince), one.Failures, millis(one.RestUntil), millis(one.UpdatedAt)}, nil
}

// CreateSubscription makes a subscription. What commits after it is told to it.
func (s *Store) CreateSubscription(ctx context.Context, one desk.Subscription) error {
	one.CreatedAt = instant(s.madeAt(one.CreatedAt))
	one.UpdatedAt = one.CreatedAt
	values, err := s.subscriptionValues(one)
	if err != nil {
		return err
	}
	var work batch
	work.exec(`INSERT INTO subscriptions (id, tenant_id, url, description, events, secret, former_secret, former_until, disabled_at, disabled_reason,
		failing_since, failures, rest_until, updated_at, created_at, delivered_at, leased_by, leased_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, '', 0)`, append(values, millis(one.CreatedAt))...)
	wantEvents(&work, one)
	return s.writeBatch(ctx, "subscription", &work)
}

// wantEvents notes what a subscription wants where the triggers of facts look; a disabled one wants nothing.
func wantEvents(work *batch, one desk.Subscription) {
	work.exec("DELETE FROM subscription_events WHERE tenant_id = $1 AND subscription_id = $2", one.TenantID, one.ID)
	if !one.DisabledAt.IsZero() {
		return
	}
	for _, event := range one.Events {
		work.exec(`INSERT INTO subscription_events (tenant_id, event, subscription_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			one.TenantID, event, one.ID)
	}
}

const subscriptionMissing = "Assinatura não encontrada"

// Subscription finds a subscription, its secrets in the clear.
func (s *Store) Subscription(ctx context.Context, tenantID, id string) (desk.Subscription, error) {
	var one desk.Subscription
	found, err := s.one(ctx, func(row scanner) (err error) {
		one, err = s.scanSubscription(row)
		return err
	}, "SELECT "+subscriptionColumns+" FROM subscriptions WHERE tenant_id = $1 AND id = $2", tenantID, id)
	return one, orNotFound(found, err, subscriptionMissing)
}

// Subscriptions lists a tenant's subscriptions, oldest first.
func (s *Store) Subscriptions(ctx context.Context, tenantID string) ([]desk.Subscription, error) {
	var all []desk.Subscription
	err := s.list(ctx, func(row scanner) error {
		one, err := s.scanSubscription(row)
		all = append(all, one)
		return err
	}, "SELECT "+subscriptionColumns+" FROM subscriptions WHERE tenant_id = $1 ORDER BY id", tenantID)
	return all, err
}

// ChangeSubscription changes a subscription. One that is enabled again begins at once with what it still has to be told.
func (s *Store) ChangeSubscription(ctx context.Context, tenantID, id string, change func(*desk.Subscription) error) (desk.Subscription, error) {
	var changed desk.Subscription
	err := s.write(ctx, "subscription", func(tx transaction) error {
		var read, work batch
		var found bool
		read.query(func(row scanner) (err error) {
			found = true
			changed, err = s.scanSubscription(row)
			return err
		}, "SELECT "+subscriptionColumns+" FROM subscriptions WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenantID, id)
		if err := orNotFound(true, tx.run(ctx, &read), ""); err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, subscriptionMissing)
		}
		before := changed
		if err := change(&changed); err != nil {
			return err
		}
		changed.UpdatedAt = s.now()
		if err := s.writeSubscription(&work, changed); err != nil {
			return err
		}
		if !before.DisabledAt.IsZero() && changed.DisabledAt.IsZero() {
			resume(&work, changed.ID, changed.UpdatedAt)
		}
		return tx.run(ctx, &work)
	})
	return changed, err
}

func (s *Store) writeSubscription(work *batch, one desk.Subscription) error {
	values, err := s.subscriptionValues(one)
	if err != nil {
		return err
	}
	work.exec(`UPDATE subscriptions SET url = $3, description = $4, events = $5, secret = $6, former_secret = $7, former_until = $8,
		disabled_at = $9, disabled_reason = $10, failing_since = $11, failures = $12, rest_until = $13, updated_at = $14
		WHERE id = $1 AND tenant_id = $2`, values...)
	wantEvents(work, one)
	return nil
}

// resume gives what waited all the time it needs, as if it had happened now.
func resume(work *batch, id string, now time.Time) {
	work.exec("UPDATE deliveries SET due_at = $2, since = $2, attempts = 0 WHERE subscription_id = $1 AND state = 'pending'", id, millis(now))
}

// DeleteSubscription deletes a subscription with its deliveries.
func (s *Store) DeleteSubscription(ctx context.Context, tenantID, id string) error {
	return s.write(ctx, "subscription", func(tx transaction) error {
		var work, rest batch
		var affected int64
		work.count(&affected, "DELETE FROM subscriptions WHERE tenant_id = $1 AND id = $2", tenantID, id)
		if err := tx.run(ctx, &work); err != nil {
			return err
		}
		if affected == 0 {
			return fault.New(fault.NotFound, subscriptionMissing)
		}
		rest.exec("DELETE FROM subscription_events WHERE tenant_id = $1 AND subscription_id = $2", tenantID, id)
		rest.exec("DELETE FROM deliveries WHERE subscription_id = $1", id)
		return tx.run(ctx, &rest)
	})
}

// hostOf is all that is shown of an address: the rest of it may be a secret.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}
