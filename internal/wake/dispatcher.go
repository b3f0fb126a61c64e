package wake

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"retoma/internal/desk"
)

// errFull and errStopping tell a waiter that its wake-up was not taken.
var (
	errFull     = errors.New("this process has too much waiting")
	errStopping = errors.New("this process is stopping")
)

// workLimit ends a work that hangs; far above the time-outs of anything a work calls.
const workLimit = 5 * time.Minute

// dispatcher runs works: never two for one contact at once, fair between tenants, bounded in memory.
// A wake-up during a work makes it run once more after. The fate of a dropped one is the scan.
type dispatcher struct {
	work     func(context.Context, desk.Ref) error
	now      func() time.Time
	logger   *slog.Logger
	tally    *tally
	lateness *latenessRecord
	limit    int

	mutex    sync.Mutex
	entries  map[desk.Ref]*entry
	answers  *lane
	sends    *lane
	queued   int
	stopping bool
	running  sync.WaitGroup
	context  context.Context
	cancel   context.CancelFunc
}

// entry is one contact that waits or is being worked on.
type entry struct {
	ref     desk.Ref
	rank    rank
	place   *list.Element // where it waits; nil while it runs
	running bool
	again   bool // a wake-up came during the work
	// due is the earliest alarm this is for, zero if none; while running, that of the run after.
	due     time.Time
	waiters []chan<- error // told when a work that has not begun yet has ended
}

func newDispatcher(o Options, work func(context.Context, desk.Ref) error, answers, sends int, t *tally, late *latenessRecord) *dispatcher {
	base, cancel := context.WithCancel(context.Background())
	return &dispatcher{
		work: work, now: o.Now, logger: o.Logger, tally: t, lateness: late, limit: o.QueueLimit,
		entries: map[desk.Ref]*entry{}, context: base, cancel: cancel,
		answers: newLane(answers, o.TenantShare), sends: newLane(sends, o.TenantShare),
	}
}

func (d *dispatcher) lane(r rank) *lane {
	if r == rankAnswer {
		return d.answers
	}
	return d.sends
}

// wake asks for a work that begins from now on. It never blocks. The waiter, if any, is told once how that went;
// it needs room for one.
func (d *dispatcher) wake(ref desk.Ref, r rank, due time.Time, waiter chan<- error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.tally.woken.Add(1)
	if d.stopping {
		tell(waiter, errStopping)
		return
	}
	e := d.entries[ref]
	if e == nil {
		if !hasRoom(d.queued, d.lane(r).waiting(ref.TenantID), d.limit) {
			d.tally.dropped.Add(1)
			tell(waiter, errFull)
			return
		}
		e = &entry{ref: ref, rank: r}
		d.entries[ref] = e
		d.enqueue(e)
	} else {
		d.hurry(e, r)
	}
	if waiter != nil {
		e.waiters = append(e.waiters, waiter)
	}
	if !due.IsZero() && (e.due.IsZero() || due.Before(e.due)) {
		e.due = due
	}
	d.fill(d.lane(e.rank))
}

func tell(waiter chan<- error, err error) {
	if waiter != nil {
		waiter <- err
	}
}

// hurry lets a known entry run again, or wait in a faster place.
func (d *dispatcher) hurry(e *entry, r rank) {
	switch {
	case e.running && !e.again:
		e.again, e.rank = true, r
	case e.running:
		e.rank = max(e.rank, r)
	case r > e.rank:
		d.lane(e.rank).remove(e)
		d.queued--
		e.rank = r
		d.enqueue(e)
	}
}

func (d *dispatcher) enqueue(e *entry) {
	d.queued++
	d.lane(e.rank).push(e)
}

// fill starts works while the lane has room.
func (d *dispatcher) fill(l *lane) {
	for e := d.begin(l); e != nil; e = d.begin(l) {
		d.running.Add(1)
		go d.run(l, e)
	}
}

// begin takes the next entry of a lane to run it.
func (d *dispatcher) begin(l *lane) *entry {
	if d.stopping {
		return nil
	}
	e := l.next()
	if e != nil {
		d.queued--
		e.running = true
	}
	return e
}

// run works on one entry after another until nothing is left for this worker.
func (d *dispatcher) run(l *lane, e *entry) {
	defer d.running.Done()
	for e != nil {
		d.mutex.Lock()
		waiters, due := e.waiters, e.due
		e.waiters, e.due = nil, time.Time{}
		e.again = false
		d.mutex.Unlock()
		if !due.IsZero() {
			d.lateness.observe(d.now().Sub(due))
		}
		err := d.perform(e.ref)
		for _, waiter := range waiters {
			waiter <- err
		}
		e = d.finish(l, e)
	}
}

// perform calls the work; a panic is an error of this contact and of nobody else.
func (d *dispatcher) perform(ref desk.Ref) (err error) {
	ctx, cancel := context.WithTimeout(d.context, workLimit)
	defer cancel()
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
			d.logger.Error("work panicked", "tenant", ref.TenantID, "id", ref.ContactID, "panic", caught, "stack", string(debug.Stack()))
		}
		if err != nil {
			d.tally.failed.Add(1)
			return
		}
		d.tally.worked.Add(1)
	}()
	err = d.work(ctx, ref)
	if err != nil {
		d.logger.Warn("work failed; the scan tries it again", "tenant", ref.TenantID, "id", ref.ContactID, "error", err)
	}
	return err
}

// finish lets an entry go, or wait again if it was woken meanwhile, and takes the next one.
func (d *dispatcher) finish(l *lane, e *entry) *entry {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	l.done(e)
	e.running = false
	switch {
	case e.again && !d.stopping:
		e.again = false
		d.enqueue(e)
		if other := d.lane(e.rank); other != l {
			d.fill(other)
		}
	default:
		delete(d.entries, e.ref)
		refuse(e)
	}
	next := d.begin(l)
	d.fill(l)
	return next
}

func refuse(e *entry) {
	for _, waiter := range e.waiters {
		waiter <- errStopping
	}
	e.waiters = nil
}

// known tells whether the contact waits or is being worked on, and in which rank.
func (d *dispatcher) known(ref desk.Ref) (rank, bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	e := d.entries[ref]
	if e == nil {
		return rankDue, false
	}
	return e.rank, true
}

func (d *dispatcher) load() (queued, running int) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.queued, d.answers.busy + d.sends.busy
}

// stop takes nothing more, lets go of what waits and lets what runs end; when ctx ends first, the works are cancelled.
func (d *dispatcher) stop(ctx context.Context) error {
	d.mutex.Lock()
	d.stopping = true
	for ref, e := range d.entries {
		if !e.running {
			d.lane(e.rank).remove(e)
			d.queued--
			delete(d.entries, ref)
			refuse(e)
		}
	}
	d.mutex.Unlock()
	defer d.cancel()
	ended := make(chan struct{})
	go func() { d.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		d.cancel()
		return fmt.Errorf("works were still running: %w", ctx.Err())
	}
}
