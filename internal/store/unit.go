package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"retoma/internal/desk"
)

// unit is the work on one contact, on its way through a transaction that it may share with others.
type unit struct {
	ctx      context.Context
	ref      desk.Ref
	outcomes []desk.Outcome
	decide   desk.Decide
	// edits tells that somebody changes something on somebody's behalf and leaves the mail alone.
	edits bool

	worked desk.Worked
	// err is why nothing of this unit is written; the others of its group are.
	err error

	// What the reading found.
	locked, exists, gated bool
	fence                 fence
}

// fence is what a unit's claims demand at the moment of their writing.
type fence struct {
	revision int64
	seen     bool
	// flying tells that another message of the contact is on its way.
	flying bool
	// claimable are the outbox rows that are still there.
	claimable map[string]bool
}

func (u *unit) point() string {
	switch {
	case u.edits:
		return "edit"
	case len(u.outcomes) > 0:
		return "finish"
	}
	return "work"
}

// alone gives a unit a transaction of its own, which waits for locks where it has to.
func (s *Store) alone(ctx context.Context, u *unit) error {
	if err := s.together(ctx, []*unit{u}, true); err != nil {
		return err
	}
	return u.err
}

// together carries units out in one transaction: everything is read, each unit decides, everything is written. A unit that
// decides to fail, or whose mailbox has moved before its claims, is left out; that is its err. An error of the transaction
// concerns all: nothing was written. With wait, locks are waited for where the work demands it; without, nothing waits for
// a contact or a tenant that others hold.
func (s *Store) together(ctx context.Context, units []*unit, wait bool) error {
	points := map[string]bool{}
	err := s.work(ctx, func(tx transaction) (last *batch, err error) {
		clear(points)
		if err := s.readDesks(ctx, tx, units, wait); err != nil {
			return nil, err
		}
		s.decideAll(units)
		locks, err := s.checkFences(ctx, tx, units)
		if err != nil {
			return nil, err
		}
		work := &batch{}
		written := changed(units)
		if err := writeDesks(work, written); err != nil || work.empty() {
			return nil, err
		}
		work.statements = append(locks.statements, work.statements...)
		for _, u := range written {
			points[u.point()] = true
		}
		return work, nil
	})
	if err != nil {
		return err
	}
	for _, point := range []string{"work", "finish", "edit"} {
		if points[point] {
			s.committed(point)
		}
	}
	return nil
}

// decideAll lets every unit that has its contact decide, beside one another: they know nothing of each other.
func (s *Store) decideAll(units []*unit) {
	var all sync.WaitGroup
	var deciding []*unit
	for _, u := range units {
		if u.err == nil && !u.worked.Busy && !u.worked.Gone {
			deciding = append(deciding, u)
		}
	}
	if len(deciding) == 1 {
		deciding[0].err = deciding[0].decideOn()
		return
	}
	for _, u := range deciding {
		all.Go(func() {
			defer func() {
				if caught := recover(); caught != nil {
					u.err = fmt.Errorf("panic: %v", caught)
					s.log.Error("a decision panicked", "tenant", u.ref.TenantID, "contact", u.ref.ContactID, "panic", caught, "stack", string(debug.Stack()))
				}
			}()
			u.err = u.decideOn()
		})
	}
	all.Wait()
}

func (u *unit) decideOn() error {
	d := u.worked.Desk
	if err := movedFrom(d); err != nil {
		return err
	}
	d.Outcomes = u.outcomes
	if u.edits {
		d.Mail = nil
	}
	if err := u.decide(u.ctx, d); err != nil {
		return err
	}
	if !d.Contact.ErasedAt.IsZero() {
		d.Changes.Claims = nil // what was on its way has ended, and nothing else goes to somebody who is being erased
	}
	return nil
}

// changed are the units that have something to write.
func changed(units []*unit) []*unit {
	var some []*unit
	for _, u := range units {
		if u.err == nil && !u.worked.Busy && !u.worked.Gone {
			some = append(some, u)
		}
	}
	return some
}
