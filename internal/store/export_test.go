package store

import (
	"context"
	"time"

	"retoma/internal/desk"
)

// Waiting tells how many units of work wait for their turn.
func (s *Store) Waiting() int { return len(s.turns.queue) }

// Writers is how many groups of units are under way at once, when it takes long.
func (s *Store) Writers() int {
	if s.database.overlaps() {
		return 2
	}
	return 1
}

// Arriving tells how many intakes wait for the next grouped commit.
func (s *Store) Arriving() int { return len(s.ingest.queue) }

// BacklogPlans are how SQLite would read what Backlog asks for, one line for each table that it looks at.
func (s *Store) BacklogPlans(ctx context.Context) ([]string, error) {
	var asked, explained batch
	var found desk.Backlog
	s.backlog(&asked, &found)
	var plans []string
	for _, one := range asked.statements {
		explained.query(func(row scanner) error {
			var id, parent, unused int
			var plan string
			err := row.Scan(&id, &parent, &unused, &plan)
			plans = append(plans, plan)
			return err
		}, "EXPLAIN QUERY PLAN "+one.text, one.args...)
	}
	return plans, s.database.read(ctx, &explained)
}

// Execute runs statements as they are, each with its arguments, in one transaction.
func Execute(ctx context.Context, s *Store, statements ...[]any) error {
	var work batch
	for _, one := range statements {
		work.exec(one[0].(string), one[1:]...)
	}
	return s.writeBatch(ctx, "test", &work)
}

// TakeLease takes a lease of ten minutes.
func TakeLease(ctx context.Context, s *Store, name, owner string, now time.Time) (bool, error) {
	return s.takeLease(ctx, name, owner, now, now.Add(retentionFor))
}
