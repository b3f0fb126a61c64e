package store

import (
	"context"
	"errors"
	"maps"
	"time"

	"retoma/internal/chat"
)

// retentionBatch is how many rows one look reads, and at most one transaction changes.
const retentionBatch = 500

// Retention removes what tenants do not want to keep any longer, in small transactions behind everybody else's work. Rows are
// walked in order of id, which is the order of their making: no index is kept for it. It is used by one goroutine.
type Retention struct {
	store *Store
	owner string
	// pause lies between two transactions, every between two sweeps of the installation.
	pause, every time.Duration
	// done is, by kind, the id up to which nothing is left to be removed; it holds for the days of days.
	done map[string]string
	days map[string]chat.RetentionDays
}

// NewRetention makes a remover. owner names the process that it is in; pause lies between two of its transactions; after a sweep
// nobody begins another one before every has passed.
func (s *Store) NewRetention(owner string, pause, every time.Duration) *Retention {
	return &Retention{store: s, owner: owner, pause: pause, every: every, done: map[string]string{}}
}

// Removed counts what was removed, by kind.
type Removed map[string]int64

// Sweep removes everything that is too old at now, and tells how much of each kind that was. Nothing that is pending, on its way
// or unconfirmed is touched, nor what tells a repeated webhook from a new one while one can come. While another process sweeps, and
// for a while after any has, nothing is removed here.
func (r *Retention) Sweep(ctx context.Context, now time.Time) (Removed, error) {
	mine, err := r.store.takeLease(ctx, retentionLease, r.owner, now, now.Add(retentionFor))
	if err != nil || !mine {
		return nil, err
	}
	removed := Removed{}
	if err = r.sweep(ctx, now, removed); err == nil && r.every > 0 {
		_, err = r.store.takeLease(ctx, retentionLease, r.owner, now, now.Add(r.every))
		r.owner = chat.NewID() // it is nobody's until then
		return removed, err
	}
	return removed, errors.Join(err, r.store.freeLease(context.WithoutCancel(ctx), retentionLease, r.owner))
}

func (r *Retention) sweep(ctx context.Context, now time.Time, removed Removed) error {
	tenants, err := r.store.Tenants(ctx)
	if err != nil {
		return err
	}
	days := map[string]chat.RetentionDays{}
	for _, tenant := range tenants {
		days[tenant.ID] = tenant.Settings.Retention.Days()
	}
	if !maps.Equal(days, r.days) {
		r.days = days
		clear(r.done)
	}
	for _, kind := range retained() {
		if err := r.sweepKind(ctx, kind, now, removed); err != nil {
			return err
		}
	}
	if err := r.store.ForgetAnswers(ctx); err != nil {
		return err
	}
	var work batch
	work.exec("DELETE FROM erased_events WHERE erased_at < $1", millis(now.Add(-repeatedFor)))
	return r.store.writeBatch(ctx, "retention", &work)
}

// sweepKind walks one table from where nothing is left on, up to what is young.
func (r *Retention) sweepKind(ctx context.Context, kind retainedKind, now time.Time, removed Removed) error {
	old := kind.limits(r.days, now)
	if old.newest == 0 {
		return nil
	}
	after, leftover := r.done[kind.step], false
	for {
		page, err := r.page(ctx, kind, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].id
		ids, done, young := old.choose(page)
		if done != "" && !leftover {
			r.done[kind.step] = done
		}
		leftover = leftover || done != after
		if len(ids) > 0 {
			count, err := kind.remove(ctx, r.store, ids, now)
			if err != nil {
				return err
			}
			removed[kind.name] += count
			if count < int64(len(ids)) {
				leftover = true // something changed meanwhile; the next sweep looks again from the beginning
				delete(r.done, kind.step)
			}
		}
		if young {
			return nil
		}
		if err := r.rest(ctx); err != nil {
			return err
		}
	}
}

// limits are the instants before which rows are old, by tenant; tenants who keep for ever have none. newest is the latest of them.
type limits struct {
	before map[string]int64
	newest int64
}

func (k retainedKind) limits(days map[string]chat.RetentionDays, now time.Time) limits {
	old := limits{before: map[string]int64{}}
	for tenantID, own := range days {
		if at := millis(k.before(own, now)); at > 0 {
			old.before[tenantID] = at
			old.newest = max(old.newest, at)
		}
	}
	return old
}

// choose gives of a page what is to be removed, and the last row up to which nothing is left then. young tells that whatever
// follows was made too late to be old.
func (l limits) choose(page []retainedRow) (ids []string, done string, young bool) {
	young = true
	leftover := false
	for _, row := range page {
		limit := l.before[row.tenantID]
		young = young && row.made >= l.newest
		switch {
		case limit == 0 || row.gone:
		case row.ready && row.at > 0 && row.at < limit:
			ids = append(ids, row.id)
		default:
			leftover = true
		}
		if !leftover {
			done = row.id
		}
	}
	return ids, done, young
}

// retainedRow is what the walk needs to know of a row.
type retainedRow struct {
	id, tenantID string
	// made is when the row was made, and at from when its days count; 0: not yet.
	made, at int64
	// ready tells that nothing needs the row any more, gone that nothing is left in it to be removed.
	ready, gone bool
}

func (r *Retention) page(ctx context.Context, kind retainedKind, after string) ([]retainedRow, error) {
	var page []retainedRow
	err := r.store.list(ctx, func(row scanner) error {
		var one retainedRow
		err := row.Scan(&one.id, &one.tenantID, &one.made, &one.at, &one.ready, &one.gone)
		page = append(page, one)
		return err
	}, "SELECT t.id, t.tenant_id, "+kind.made+", "+kind.at+", "+kind.ready+", "+kind.gone+" FROM "+kind.table+" t WHERE t.id > $1 ORDER BY t.id LIMIT $2",
		after, retentionBatch)
	return page, err
}

// rest waits a little, and keeps the lease.
func (r *Retention) rest(ctx context.Context) error {
	now := r.store.now()
	if mine, err := r.store.takeLease(ctx, retentionLease, r.owner, now, now.Add(retentionFor)); err != nil || !mine {
		return err
	}
	if r.pause <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(r.pause):
		return nil
	}
}
