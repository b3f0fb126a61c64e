package store

import (
	"context"
	"fmt"
	"time"
)

const (
	// retentionLease is the name of the lease by which one process at a time removes what is old.
	retentionLease = "lease.retention"
	// retentionFor is for how long it is taken; it is renewed while the work goes on.
	retentionFor = 10 * time.Minute
)

// takeLease takes or prolongs a lease of the installation, unless somebody else has it.
func (s *Store) takeLease(ctx context.Context, name, owner string, now, until time.Time) (mine bool, err error) {
	err = s.write(ctx, "lease", func(tx transaction) error {
		var affected int64
		var work batch
		// The end stands first and is of one length, so that texts compare as instants do.
		work.count(&affected, `INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
			WHERE installation.value < $3 OR installation.value LIKE $4`,
			name, fmt.Sprintf("%015d %s", millis(until), owner), fmt.Sprintf("%015d", millis(now)), "% "+owner)
		err := tx.run(ctx, &work)
		mine = affected == 1
		return err
	})
	return mine, err
}

// freeLease gives a lease back.
func (s *Store) freeLease(ctx context.Context, name, owner string) error {
	var work batch
	work.exec("DELETE FROM installation WHERE name = $1 AND value LIKE $2", name, "% "+owner)
	return s.writeBatch(ctx, "lease", &work)
}
