package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// turns groups the commits of work, as ingest does those of ingestion: the units of work of many contacts share one
// transaction. Who waits while one is under way goes with the next, so that groups grow only as far as the load demands,
// and a contact that is alone waits for nobody.
type turns struct {
	store  *Store
	queue  chan *turn
	ended  sync.WaitGroup
	closed chan struct{}
}

// turn is a unit that waits for its transaction.
type turn struct {
	unit *unit
	done chan error
}

const (
	// turnLimit bounds the units of one transaction. SQLite has one writer, who should come back soon to write down what
	// comes in; PostgreSQL has several, and what locks many rows for long meets others.
	turnLimit         = 64
	turnLimitPostgres = 48
	// turnQueue is more than any process works on at once.
	turnQueue = 4096
	// turnWriters is how many groups are under way at once on PostgreSQL.
	turnWriters = 2
)

// errAlone tells a unit to have a transaction of its own: its contact's lock has to be waited for, or the group that it was
// in could not be written.
var errAlone = errors.New("this unit of work needs a transaction of its own")

func startTurns(s *Store) *turns {
	t := &turns{store: s, queue: make(chan *turn, turnQueue), closed: make(chan struct{})}
	writers, limit := 1, turnLimit
	if s.database.overlaps() {
		writers, limit = turnWriters, turnLimitPostgres
	}
	for range writers {
		t.ended.Go(func() { t.loop(limit) })
	}
	return t
}

func (t *turns) stop() {
	close(t.closed)
	t.ended.Wait()
}

// take waits for the unit's turn and gives what came of it.
func (t *turns) take(u *unit) error {
	waiting := &turn{unit: u, done: make(chan error, 1)}
	select {
	case t.queue <- waiting:
	case <-u.ctx.Done():
		return u.ctx.Err()
	case <-t.closed:
		return fault.New(fault.Unavailable, "o serviço está parando")
	}
	select {
	case err := <-waiting.done:
		return err
	case <-t.closed:
	}
	// The loops end with what they have begun; what they have not is told so.
	t.ended.Wait()
	select {
	case err := <-waiting.done:
		return err
	default:
		return fault.New(fault.Unavailable, "o serviço está parando")
	}
}

func (t *turns) loop(limit int) {
	for {
		select {
		case <-t.closed:
			return
		case first := <-t.queue:
			group := t.gather(first, limit)
			t.store.grouped("work", len(group))
			t.work(group)
		}
	}
}

// gather takes what waits, each contact once.
func (t *turns) gather(first *turn, limit int) []*turn {
	group := []*turn{first}
	seen := map[desk.Ref]bool{first.unit.ref: true}
	for len(group) < limit {
		select {
		case next := <-t.queue:
			if seen[next.unit.ref] {
				next.done <- errAlone
				continue
			}
			seen[next.unit.ref] = true
			group = append(group, next)
		default:
			return group
		}
	}
	return group
}

// work carries a group's transaction out.
func (t *turns) work(group []*turn) {
	units := make([]*unit, len(group))
	for i, one := range group {
		units[i] = one.unit
	}
	ctx, end := whileWaitedFor(units)
	defer end()
	err := t.store.together(ctx, units, false)
	for i, one := range group {
		switch {
		case err == nil:
			one.done <- units[i].err
		case len(group) == 1:
			one.done <- err
		default:
			one.done <- errAlone
		}
	}
}

// whileWaitedFor is over when nobody waits for any of the units any more.
func whileWaitedFor(units []*unit) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var waiting atomic.Int64
	waiting.Store(int64(len(units)))
	stops := make([]func() bool, len(units))
	for i, u := range units {
		stops[i] = context.AfterFunc(u.ctx, func() {
			if waiting.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
