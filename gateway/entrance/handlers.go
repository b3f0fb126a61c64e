package entrance

import (
	"log/slog"
	"slices"
	"time"

	"retoma/gateway/people"
	"retoma/gateway/web"
)

// Handlers takes in what providers and platforms tell.
type Handlers struct {
	*people.Register
	Store  Store
	Logger *slog.Logger
	// Hearing notes what channels' webhooks hear.
	Hearing *people.Hearing
	// Listening notes what providers wanted to tell and may not have been heard.
	Listening *people.Listening
	// PublicURL is the address under which providers reach this service, without a path; empty: the request's own.
	PublicURL string
	// Counter counts webhooks.
	Counter Counter
	// PlanWait is how long an enrolment waits to tell the first due time; negative does not wait.
	PlanWait time.Duration
}

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	return slices.Concat(h.entranceRoutes(), h.typebotRoutes())
}
