package gateway

import (
	"context"

	"retoma/internal/desk"
)

// receiver writes down what came in. When it returns without an error, everything is committed.
type receiver interface {
	Receive(ctx context.Context, intake desk.Intake) (desk.Written, error)
}

// receive commits and wakes.
func (g *Gateway) receive(ctx context.Context, intake desk.Intake) (desk.Written, error) {
	nameEvents(ctx, intake.Arrivals)
	written, err := g.Store.Receive(ctx, intake)
	if err != nil {
		return written, err
	}
	for _, ref := range written.Wake {
		g.Waker.Contact(ref)
	}
	if written.Fetch {
		g.filesArrived()
	}
	return written, nil
}

func (g *Gateway) filesArrived() {
	if g.FilesArrived != nil {
		g.FilesArrived()
	}
}
