package people

import (
	"context"

	"retoma/gateway/web"
	"retoma/internal/desk"
)

// Receive commits and wakes.
func (r *Register) Receive(ctx context.Context, intake desk.Intake) (desk.Written, error) {
	if len(intake.Arrivals) > 0 {
		if err := r.Backlog.refuse(r.Now()); err != nil {
			return desk.Written{}, err
		}
	}
	web.NameEvents(ctx, intake.Arrivals)
	ctx, span := written(ctx, intake)
	written, err := r.Store.Receive(ctx, intake)
	span.End(outcome(err))
	if err != nil {
		return written, err
	}
	for _, ref := range written.Wake {
		r.Waker.Contact(ref)
	}
	if written.Fetch {
		r.FilesArrived()
	}
	return written, nil
}

// FilesArrived tells whoever fetches files that there are some to fetch.
func (r *Register) FilesArrived() {
	if r.OnFiles != nil {
		r.OnFiles()
	}
}
