package store

import (
	"context"

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
