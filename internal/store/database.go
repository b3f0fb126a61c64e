package store

import (
	"context"
	"sync/atomic"
)

// database is one of the two engines. Both run the same SQL text.
type database interface {
	// read runs a batch outside of any transaction.
	read(ctx context.Context, work *batch) error
	// begin opens a transaction that will write; nothing travels until its first batch.
	begin(ctx context.Context) (transaction, error)
	// beginUnit is begin for what happens for every message: it touches a few rows, which indexes find.
	beginUnit(ctx context.Context) (transaction, error)
	name() string
	// gate takes the tenant's gate inside a transaction: shared by claims, exclusive by acknowledged stops.
	// PostgreSQL needs it because two transactions may overlap there; SQLite has one writer at a time.
	gate(work *batch, tenantID string, exclusive bool)
	// tryGate shares the gate without waiting for it, and tells whether it could.
	tryGate(work *batch, tenantID string, told func(shared bool))
	// overlaps tells whether two transactions may be under way at once, so that rows have to be locked, and in order.
	overlaps() bool
	retryable(err error) bool
	duplicate(err error) bool
	// away tells an error of a database that does not answer, or takes nothing, from one about what it was asked to write.
	away(err error) bool
	// pooled tells what the connections are doing.
	pooled() Pool
	close() error
}

// transaction is one open transaction.
type transaction interface {
	run(ctx context.Context, work *batch) error
	// finish runs a last batch and commits, in one round trip where the engine can.
	finish(ctx context.Context, work *batch) error
	// rollback undoes everything; it does nothing after a successful finish.
	rollback()
}

// Cost counts what the store asked of the database since it was opened.
type Cost struct {
	Commits int64
	// Trips are round trips: batches on PostgreSQL, statements on SQLite.
	Trips int64
}

type costs struct{ commits, trips atomic.Int64 }

func (c *costs) snapshot() Cost {
	return Cost{Commits: c.commits.Load(), Trips: c.trips.Load()}
}
