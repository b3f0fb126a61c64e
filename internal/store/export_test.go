package store

// Waiting tells how many units of work wait for their turn.
func (s *Store) Waiting() int { return len(s.turns.queue) }

// Writers is how many groups of units are under way at once.
func (s *Store) Writers() int {
	if s.database.overlaps() {
		return turnWriters
	}
	return 1
}

// Arriving tells how many intakes wait for the next grouped commit.
func (s *Store) Arriving() int { return len(s.ingest.queue) }
