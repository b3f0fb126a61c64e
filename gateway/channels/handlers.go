package channels

import (
	"log/slog"
	"slices"
	"time"

	"retoma/gateway/outgoing"
	"retoma/gateway/people"
	"retoma/gateway/web"
)

// Handlers keeps channels and their templates.
type Handlers struct {
	*outgoing.Outbox
	Store  Store
	Logger *slog.Logger
	// Hearing is what channels' webhooks heard.
	Hearing *people.Hearing
	// PublicURL is the address under which providers reach this service, without a path; empty if that is not known.
	PublicURL string
	// CheckWait is how long a check waits for the provider.
	CheckWait time.Duration
}

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	return slices.Concat(h.channelRoutes(), h.newsRoutes())
}
