package store

import (
	"context"
	"strconv"
	"time"

	"retoma/internal/desk"
)

// DefaultSendLease is how long a claimed send may take before it is in doubt: longer than any adapter's time limit.
const DefaultSendLease = 45 * time.Second

// forgotten is how long new mail may lie before the scan takes it for forgotten.
const forgotten = time.Second

// What a restore holds for review is not among what is overdue, nor among what gets a task: it is due at or before s.restored,
// which is 0 where nothing was restored. See hold.go.

// Overdue finds contacts that have something to be worked on although nobody rang: due timers and sends, forgotten
// mail, sends in doubt, those of which evidence is to be weighed, and runs whose step was deleted. Tenants to leave out may be named.
func (s *Store) Overdue(ctx context.Context, now time.Time, limit int, except ...string) ([]desk.Ref, error) {
	seen := map[desk.Ref]bool{}
	var refs []desk.Ref
	each := func(row scanner) error {
		var ref desk.Ref
		if err := row.Scan(&ref.TenantID, &ref.ContactID); err != nil {
			return err
		}
		if !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
		return nil
	}
	var work batch
	restored := strconv.FormatInt(s.restored, 10)
	look := func(from, by string, until time.Time) {
		text, args := "SELECT tenant_id, contact_id FROM "+from+" AND "+by+" <= $1", []any{millis(until), limit}
		if len(except) > 0 {
			text, args = text+" AND NOT tenant_id = ANY($3)", append(args, except)
		}
		work.query(each, text+" ORDER BY "+by+" LIMIT $2", args...)
	}
	look("inbox WHERE state = 'new' AND received_at > 0", "received_at", now.Add(-forgotten))
	look("runs WHERE state = 'waiting' AND wake_at > 0 AND wake_at > "+restored, "wake_at", now)
	look("outbox WHERE state = 'pending' AND due_at > "+restored, "due_at", now)
	look("outbox WHERE state = 'unconfirmed' AND due_at > 0", "due_at", now)
	look("outbox WHERE state = 'sending' AND claimed_at > 0", "claimed_at", now.Add(-s.lease))
	look("outbox WHERE state = 'writing'", "claimed_at", now.Add(-desk.WritingLease))
	work.query(each, `SELECT tenant_id, contact_id FROM runs WHERE state = 'waiting' AND refresh > 0 AND (wake_at = 0 OR wake_at > $2) LIMIT $1`, limit, s.restored)
	canaryDue(&work, now, func(alarm desk.Alarm) { refs = append(refs, alarm.Ref) })
	return refs, s.database.read(ctx, &work)
}

// Unarmed lists due times up to an instant that have no task yet.
func (s *Store) Unarmed(ctx context.Context, until time.Time, limit int) ([]desk.Alarm, error) {
	var alarms []desk.Alarm
	each := func(kind desk.AlarmKind) func(row scanner) error { return alarmsInto(&alarms, kind) }
	var work batch
	work.query(each(desk.AlarmRun), `SELECT id, wake_token, tenant_id, contact_id, followup_id, wake_at FROM runs
		WHERE state = 'waiting' AND wake_at > 0 AND wake_at > $3 AND armed = 0 AND wake_at <= $1 ORDER BY wake_at LIMIT $2`, millis(until), limit, s.restored)
	work.query(each(desk.AlarmItem), `SELECT id, due_at, tenant_id, contact_id, '', due_at FROM outbox
		WHERE state = 'pending' AND armed = 0 AND due_at > $3 AND due_at <= $1 ORDER BY due_at LIMIT $2`, millis(until), limit, s.restored)
	canaryUnarmed(&work, until, func(alarm desk.Alarm) { alarms = append(alarms, alarm) })
	return alarms, s.database.read(ctx, &work)
}

// alarmsInto adds the due times of a kind that a statement gives.
func alarmsInto(alarms *[]desk.Alarm, kind desk.AlarmKind) func(row scanner) error {
	return func(row scanner) error {
		alarm := desk.Alarm{Kind: kind}
		var at int64
		err := row.Scan(&alarm.ID, &alarm.Token, &alarm.Ref.TenantID, &alarm.Ref.ContactID, &alarm.FollowUpID, &at)
		alarm.At = instant(at)
		*alarms = append(*alarms, alarm)
		return err
	}
}

// MarkArmed notes that these due times have their task now; a due time that moved meanwhile is left alone.
func (s *Store) MarkArmed(ctx context.Context, alarms []desk.Alarm) error {
	var work batch
	for _, alarm := range alarms {
		switch alarm.Kind {
		case desk.AlarmRun:
			work.exec("UPDATE runs SET armed = 1 WHERE id = $1 AND wake_token = $2 AND wake_at = $3", alarm.ID, alarm.Token, millis(alarm.At))
		case desk.AlarmItem:
			work.exec("UPDATE outbox SET armed = 1 WHERE id = $1 AND due_at = $2", alarm.ID, millis(alarm.At))
		case desk.AlarmCanary:
			armCanary(&work, alarm)
		}
	}
	return s.writeBatch(ctx, "arm", &work)
}

// Disarm forgets every task: Redis was wiped, restored or is a new one.
func (s *Store) Disarm(ctx context.Context) error {
	var work batch
	work.exec("UPDATE runs SET armed = 0 WHERE state = 'waiting' AND wake_at > 0 AND armed <> 0")
	work.exec("UPDATE outbox SET armed = 0 WHERE state = 'pending' AND armed <> 0")
	work.exec("DELETE FROM installation WHERE name = $1", canaryArmed)
	return s.writeBatch(ctx, "disarm", &work)
}

// Epoch is the name of the Redis content that the armed marks refer to; empty before the first one.
func (s *Store) Epoch(ctx context.Context) (string, error) { return s.Recall(ctx, "epoch") }

// SetEpoch changes the epoch if it is still from.
func (s *Store) SetEpoch(ctx context.Context, from, to string) (bool, error) {
	var affected int64
	err := s.write(ctx, "epoch", func(tx transaction) error {
		var work batch
		work.exec("INSERT INTO installation (name, value) VALUES ('epoch', '') ON CONFLICT DO NOTHING")
		work.count(&affected, "UPDATE installation SET value = $2 WHERE name = 'epoch' AND value = $1", from, to)
		return tx.run(ctx, &work)
	})
	return affected == 1, err
}

// Remember keeps a value of the installation under a name.
func (s *Store) Remember(ctx context.Context, name, value string) error {
	var work batch
	work.exec("INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return s.writeBatch(ctx, "remember", &work)
}

// Recall reads a value that Remember kept; empty if there is none.
func (s *Store) Recall(ctx context.Context, name string) (string, error) {
	var value string
	_, err := s.one(ctx, func(row scanner) error { return row.Scan(&value) }, "SELECT value FROM installation WHERE name = $1", name)
	return value, err
}

// Abandon puts every claimed send in doubt at once, and frees the leases of deliveries. It is right only where no other process can be sending: at the start
// of a process that has the database for itself.
func (s *Store) Abandon(ctx context.Context) error {
	if s.database.name() != "sqlite" {
		return nil
	}
	var work batch
	work.exec("UPDATE outbox SET claimed_at = 1 WHERE state IN ('sending', 'writing')")
	work.exec("UPDATE subscriptions SET leased_by = '', leased_until = 0 WHERE leased_until > 0")
	return s.writeBatch(ctx, "abandon", &work)
}
