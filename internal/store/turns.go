package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// turns groups the commits of work, as ingest does those of ingestion: the units of work of many contacts share one
// transaction. Who waits while one is under way goes with the next, so that groups grow only as far as the load demands,
// and a contact that is alone waits for nobody.
type turns struct {
	store *Store
	limit int // the units of one transaction
	queue chan *turn
	// help calls the second writer; begun is when the first began what it is at, in UTC milliseconds, 0 if it is at nothing.
	help   chan struct{}
	begun  atomic.Int64
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
	// turnPatience is how long the first writer may be at one group before a unit that waits calls the second: it may wait
	// for somebody's lock.
	turnPatience = 200 * time.Millisecond
)

// errAlone tells a unit to have a transaction of its own: its contact's lock has to be waited for, or the group that it was
// in could not be written.
var errAlone = errors.New("this unit of work needs a transaction of its own")

func startTurns(s *Store) *turns {
	t := &turns{store: s, limit: turnLimit, queue: make(chan *turn, turnQueue), help: make(chan struct{}, 1), closed: make(chan struct{})}
	t.ended.Go(t.loop)
	if s.database.overlaps() {
		t.limit = turnLimitPostgres
		t.ended.Go(t.helped)
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
	if len(t.queue) >= t.limit {
		t.callHelp()
	}
	if ended, err := t.await(waiting); ended {
		return err
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

// await waits until the unit had its turn; it gives false when the store is closed first.
func (t *turns) await(waiting *turn) (ended bool, err error) {
	patience := time.NewTimer(turnPatience)
	defer patience.Stop()
	for {
		select {
		case err := <-waiting.done:
			return true, err
		case <-patience.C:
			if begun := t.begun.Load(); begun > 0 && time.Now().UnixMilli()-begun >= turnPatience.Milliseconds() {
				t.callHelp()
			}
			patience.Reset(turnPatience)
		case <-t.closed:
			return false, nil
		}
	}
}

func (t *turns) callHelp() {
	select {
	case t.help <- struct{}{}:
	default:
	}
}

func (t *turns) loop() {
	for {
		select {
		case <-t.closed:
			return
		case first := <-t.queue:
			t.store.ingest.rush.pass(rushPatience, t.closed)
			t.begun.Store(time.Now().UnixMilli())
			t.work(t.gather(first))
			t.begun.Store(0)
		}
	}
}

// helped is the second writer, on PostgreSQL. It works only when it is called, because two that share what waits would make
// twice as many transactions of half the size.
func (t *turns) helped() {
	for {
		select {
		case <-t.closed:
			return
		case <-t.help:
		}
		select {
		case first := <-t.queue:
			t.store.ingest.rush.pass(rushPatience, t.closed)
			t.work(t.gather(first))
		default:
		}
	}
}

// gather takes what waits, each contact once.
func (t *turns) gather(first *turn) []*turn {
	group := []*turn{first}
	seen := map[desk.Ref]bool{first.unit.ref: true}
	for len(group) < t.limit {
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
	t.store.grouped("work", len(group))
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
