package store

import (
	"context"
	"errors"

	"retoma/internal/desk"
)

// errStale tells that the mailbox moved between reading and claiming: nothing of the unit is written, and it is decided again.
var errStale = errors.New("the mailbox moved")

// mailLimit bounds how much mail one unit of work handles.
const mailLimit = 100

// Work reads everything about a contact under its lock, lets decide note changes, and writes them in one transaction.
// Claims demand that the mailbox is as it was read; if something came in meanwhile, everything is undone and decided
// anew (domain.md section 5, the reply fence). With outcomes the lock is waited for; without, a contact that somebody
// else works on is reported as busy.
func (s *Store) Work(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome, decide desk.Decide) (desk.Worked, error) {
	for range 20 {
		u := &unit{ctx: ctx, ref: ref, outcomes: outcomes, decide: decide}
		err := s.turns.take(u)
		if errors.Is(err, errAlone) {
			err = s.alone(ctx, u)
		}
		var moved *movedOn
		switch {
		case errors.As(err, &moved):
			if ref, err = s.follow(ctx, ref, moved); err != nil {
				return u.worked, err
			}
		case !errors.Is(err, errStale):
			return u.worked, err
		}
	}
	return desk.Worked{Busy: true}, nil
}

// movedOn tells that a contact was merged into another one. What came to it since, because somebody still knew it by its
// old id, is left over and has to follow.
type movedOn struct {
	to   string
	left bool
}

func (*movedOn) Error() string { return "the contact was merged into another one" }

func movedFrom(d *desk.Desk) error {
	if d.Contact.MergedInto == "" {
		return nil
	}
	return &movedOn{to: d.Contact.MergedInto, left: len(d.Mail)+len(d.Runs)+len(d.Conversations)+len(d.Outbox) > 0}
}

func (s *Store) follow(ctx context.Context, ref desk.Ref, moved *movedOn) (desk.Ref, error) {
	to := desk.Ref{TenantID: ref.TenantID, ContactID: moved.to}
	if !moved.left {
		return to, nil
	}
	_, err := s.Merge(ctx, desk.Merge{TenantID: ref.TenantID, StaysID: moved.to, GoesID: ref.ContactID, By: MergedByMessage})
	return to, err
}

// work is write with a last batch that travels together with COMMIT; nil means that nothing is to be written.
func (s *Store) work(ctx context.Context, do func(tx transaction) (*batch, error)) error {
	var err error
	for range attempts {
		if err = s.workTransaction(ctx, do); err == nil {
			return nil
		}
		if !s.database.retryable(err) {
			return err
		}
	}
	return err
}

func (s *Store) workTransaction(ctx context.Context, do func(tx transaction) (*batch, error)) error {
	tx, err := s.database.beginUnit(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	last, err := do(tx)
	if err != nil || last == nil {
		return err
	}
	return tx.finish(ctx, last)
}
