package store

import (
	"context"
	"time"

	"retoma/internal/desk"
)

// The times after which waiting is a sign that something is wrong: what holds a contact or its pace passes sooner.
const (
	dueTooLong  = 5 * time.Minute
	mailTooLong = time.Minute
)

// Health tells what the database says of the installation. horizon is how far ahead due times have tasks. It changes nothing, and
// works on a store that was only connected.
func (s *Store) Health(ctx context.Context, horizon time.Duration) (desk.Health, error) {
	var h desk.Health
	restored, err := s.Restored(ctx)
	if err != nil {
		return h, err
	}
	h.Restored = restored.At
	now, upTo := s.now(), millis(restored.At)
	var work batch
	add := func(into *desk.Waiting, text string, args ...any) {
		work.query(func(row scanner) error {
			var count int
			var since int64
			if err := row.Scan(&count, &since); err != nil {
				return err
			}
			into.Count += count
			if at := instant(since); count > 0 && (into.Since.IsZero() || at.Before(into.Since)) {
				into.Since = at
			}
			return nil
		}, text, args...)
	}
	late := millis(now.Add(-dueTooLong))
	add(&h.Due, "SELECT COUNT(*), COALESCE(MIN(wake_at), 0) FROM runs WHERE state = 'waiting' AND wake_at > 0 AND wake_at > $1 AND wake_at <= $2", upTo, late)
	add(&h.Due, "SELECT COUNT(*), COALESCE(MIN(due_at), 0) FROM outbox WHERE state = 'pending' AND due_at > $1 AND due_at <= $2", upTo, late)
	add(&h.Mail, "SELECT COUNT(*), COALESCE(MIN(received_at), 0) FROM inbox WHERE state = 'new' AND received_at > 0 AND received_at <= $1", millis(now.Add(-mailTooLong)))
	add(&h.Sending, "SELECT COUNT(*), COALESCE(MIN(claimed_at), 0) FROM outbox WHERE state = 'sending' AND claimed_at > 0 AND claimed_at <= $1", millis(now.Add(-2*s.lease)))
	add(&h.Writing, "SELECT COUNT(*), COALESCE(MIN(claimed_at), 0) FROM outbox WHERE state = 'writing' AND claimed_at <= $1", millis(now.Add(-4*desk.WritingLease)))
	count := func(into *int, text string, args ...any) {
		work.query(func(row scanner) error {
			var more int
			err := row.Scan(&more)
			*into += more
			return err
		}, text, args...)
	}
	soon, end := millis(now.Add(time.Minute)), millis(now.Add(horizon-time.Minute))
	count(&h.Unarmed, "SELECT COUNT(*) FROM runs WHERE state = 'waiting' AND wake_at > 0 AND armed = 0 AND wake_at > $1 AND wake_at <= $2", soon, end)
	count(&h.Unarmed, "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND armed = 0 AND due_at > $1 AND due_at <= $2", soon, end)
	count(&h.Quarantined, "SELECT COUNT(*) FROM inbox WHERE state = 'quarantined'")
	count(&h.Unconfirmed, "SELECT COUNT(*) FROM messages WHERE state = 'unconfirmed'")
	count(&h.ForReview, "SELECT COUNT(*) FROM runs WHERE state = 'waiting' AND wake_at > 0 AND wake_at <= $1", upTo)
	count(&h.ForReview, "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND due_at > 0 AND due_at <= $1", upTo)
	work.query(func(row scanner) error {
		var name string
		err := row.Scan(&name)
		h.PausedTenants = append(h.PausedTenants, name)
		return err
	}, "SELECT name FROM tenants WHERE paused_at > 0 ORDER BY name")
	work.query(func(row scanner) error {
		var id, name, locked string
		if err := row.Scan(&id, &name, &locked); err != nil {
			return err
		}
		if _, err := s.vault.unlock(locked, id); err != nil {
			h.Unreadable = append(h.Unreadable, name)
		}
		return nil
	}, "SELECT id, name, secrets FROM channels WHERE deleted_at = 0 ORDER BY name")
	if s.database.name() == "postgres" {
		work.query(func(row scanner) error {
			var ms int64
			err := row.Scan(&ms)
			h.Now = instant(ms)
			return err
		}, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
	}
	return h, s.database.read(ctx, &work)
}

// Armed lists due times from now on that are marked as having a task, the nearest first.
func (s *Store) Armed(ctx context.Context, until time.Time, limit int) ([]desk.Alarm, error) {
	var alarms []desk.Alarm
	each := func(kind desk.AlarmKind) func(row scanner) error { return alarmsInto(&alarms, kind) }
	from := millis(s.now().Add(30 * time.Second)) // what is nearer may have rung already
	var work batch
	work.query(each(desk.AlarmRun), `SELECT id, wake_token, tenant_id, contact_id, followup_id, wake_at FROM runs
		WHERE state = 'waiting' AND wake_at > 0 AND armed = 1 AND wake_at > $1 AND wake_at <= $2 ORDER BY wake_at LIMIT $3`, from, millis(until), limit)
	work.query(each(desk.AlarmItem), `SELECT id, due_at, tenant_id, contact_id, '', due_at FROM outbox
		WHERE state = 'pending' AND armed = 1 AND due_at > $1 AND due_at <= $2 ORDER BY due_at LIMIT $3`, from, millis(until), limit)
	return alarms, s.database.read(ctx, &work)
}

// Checkpoint empties SQLite's log into its file, as far as nobody reads from it. PostgreSQL does so itself.
func (s *Store) Checkpoint(ctx context.Context) error {
	engine, is := s.database.(*sqliteDatabase)
	if !is {
		return nil
	}
	select {
	case engine.turn <- struct{}{}: // nobody writes meanwhile
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-engine.turn }()
	_, err := engine.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
