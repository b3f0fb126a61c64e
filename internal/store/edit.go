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
	u := &unit{ctx: ctx, ref: ref, decide: decide, edits: true}
	err := s.alone(ctx, u)
	return u.worked, err
}
