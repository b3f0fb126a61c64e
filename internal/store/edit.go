package store

import (
	"context"
	"errors"

	"retoma/internal/desk"
)

// Edit is [Store.Work] for whoever changes something of a contact on somebody's behalf: it waits for the contact's lock
// and leaves the mail to the worker. It claims nothing, so that nothing has to be decided anew.
func (s *Store) Edit(ctx context.Context, ref desk.Ref, decide desk.Decide) (desk.Worked, error) {
	for {
		worked, err := s.editOnce(ctx, ref, decide)
		var moved *movedOn
		if !errors.As(err, &moved) {
			return worked, err
		}
		if ref, err = s.follow(ctx, ref, moved); err != nil {
			return worked, err
		}
	}
}

func (s *Store) editOnce(ctx context.Context, ref desk.Ref, decide desk.Decide) (desk.Worked, error) {
	var worked desk.Worked
	err := s.work(ctx, "edit", func(tx transaction) (last *batch, err error) {
		worked, err = s.readDesk(ctx, tx, ref, true)
		if err != nil || worked.Gone {
			return nil, err
		}
		d := worked.Desk
		if err := movedFrom(d); err != nil {
			return nil, err
		}
		d.Mail = nil
		if err := decide(ctx, d); err != nil {
			return nil, err
		}
		return s.writeDesk(ctx, tx, d)
	})
	return worked, err
}
