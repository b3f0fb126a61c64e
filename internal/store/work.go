package store

import (
	"context"
	"errors"

	"retoma/internal/desk"
)

// errStale tells that the mailbox moved between reading and claiming: everything is undone and decided again.
var errStale = errors.New("the mailbox moved")

// mailLimit bounds how much mail one unit of work handles.
const mailLimit = 100

// Work reads everything about a contact under its lock, lets decide note changes, and writes them in one transaction.
// Claims demand that the mailbox is as it was read; if something came in meanwhile, everything is undone and decided
// anew (domain.md section 5, the reply fence). With outcomes the lock is waited for; without, a contact that somebody
// else works on is reported as busy.
func (s *Store) Work(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome, decide desk.Decide) (desk.Worked, error) {
	for range 20 {
		worked, err := s.workOnce(ctx, ref, outcomes, decide)
		var moved *movedOn
		switch {
		case errors.As(err, &moved):
			if ref, err = s.follow(ctx, ref, moved); err != nil {
				return worked, err
			}
		case !errors.Is(err, errStale):
			return worked, err
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

func (s *Store) workOnce(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome, decide desk.Decide) (desk.Worked, error) {
	var worked desk.Worked
	point := "work"
	if len(outcomes) > 0 {
		point = "finish"
	}
	err := s.work(ctx, point, func(tx transaction) (last *batch, err error) {
		worked, err = s.readDesk(ctx, tx, ref, len(outcomes) > 0)
		if err != nil || worked.Busy || worked.Gone {
			return nil, err
		}
		d := worked.Desk
		if err := movedFrom(d); err != nil {
			return nil, err
		}
		d.Outcomes = outcomes
		if err := decide(ctx, d); err != nil {
			return nil, err
		}
		return s.writeDesk(ctx, tx, d)
	})
	return worked, err
}

// work is write with a last batch that travels together with COMMIT; nil means that nothing is to be written.
func (s *Store) work(ctx context.Context, point string, do func(tx transaction) (*batch, error)) error {
	var err error
	for range attempts {
		var wrote bool
		wrote, err = s.workTransaction(ctx, do)
		if err == nil {
			if wrote {
				s.committed(point)
			}
			return nil
		}
		if !s.database.retryable(err) {
			return err
		}
	}
	return err
}

func (s *Store) workTransaction(ctx context.Context, do func(tx transaction) (*batch, error)) (wrote bool, err error) {
	tx, err := s.database.begin(ctx)
	if err != nil {
		return false, err
	}
	defer tx.rollback()
	last, err := do(tx)
	if err != nil || last == nil {
		return false, err
	}
	return true, tx.finish(ctx, last)
}
