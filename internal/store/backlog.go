package store

import (
	"context"
	"time"

	"retoma/internal/desk"
)

// Oldest tells what has waited longest. Each of its statements reads one entry of an index.
func (s *Store) Oldest(ctx context.Context) (desk.Oldest, error) {
	var found desk.Oldest
	work := &batch{}
	s.oldest(work, &found)
	return found, s.database.read(ctx, work)
}

func (s *Store) oldest(work *batch, into *desk.Oldest) {
	now := millis(s.now())
	first := func(to *time.Time) func(row scanner) error {
		return func(row scanner) error {
			var at int64
			err := row.Scan(&at)
			*to = instant(at)
			return err
		}
	}
	work.query(first(&into.OldestMail), "SELECT received_at FROM inbox WHERE state = 'new' ORDER BY received_at LIMIT 1")
	work.query(first(&into.OldestRun), "SELECT wake_at FROM runs WHERE state = 'waiting' AND wake_at > 0 AND wake_at <= $1 ORDER BY wake_at LIMIT 1", now)
	work.query(first(&into.OldestSend), "SELECT due_at FROM outbox WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at LIMIT 1", now)
	work.query(func(row scanner) error {
		kept, err := scanCanary(row)
		into.Canary = kept.told()
		return err
	}, "SELECT value FROM installation WHERE name = $1", canaryMemory)
}

// Backlog tells how much waits. Nothing is counted beyond desk.BacklogMost, and only what an index finds.
func (s *Store) Backlog(ctx context.Context) (desk.Backlog, error) {
	var found desk.Backlog
	work := &batch{}
	s.backlog(work, &found)
	return found, s.glance(ctx, work)
}

func (s *Store) backlog(work *batch, found *desk.Backlog) {
	now := millis(s.now())
	s.oldest(work, &found.Oldest)
	count := func(to *int, from string, args ...any) {
		work.query(func(row scanner) error { return row.Scan(to) }, "SELECT COUNT(*) FROM (SELECT 1 FROM "+from+" LIMIT $1) AS waiting",
			append([]any{desk.BacklogMost}, args...)...)
	}
	count(&found.Mail, "inbox WHERE state = 'new' AND received_at > 0")
	count(&found.DueRuns, "runs WHERE state = 'waiting' AND wake_at > 0 AND wake_at <= $2", now)
	count(&found.DueSends, "outbox WHERE state = 'pending' AND due_at <= $2", now)
	count(&found.Sending, "outbox WHERE state = 'sending' AND claimed_at > 0")
	count(&found.Unconfirmed, "messages WHERE state = 'unconfirmed'")
}

// glance reads rows that indexes find, whatever the planner thinks of the tables' sizes (see beginUnit).
func (s *Store) glance(ctx context.Context, work *batch) error {
	if !s.database.overlaps() {
		return s.database.read(ctx, work)
	}
	tx, err := s.database.beginUnit(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	return tx.run(ctx, work)
}
