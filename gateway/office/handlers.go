package office

import (
	"context"
	"slices"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Handlers keeps what is set up.
type Handlers struct {
	*people.Register
	Store Store
	// CheckNotify refuses notification targets that cannot be used, naming the field; nil accepts what has the right form.
	CheckNotify func(chat.Notify) error
	// CheckSubscription refuses an address or a secret that a subscription cannot use, naming the field; nil accepts all.
	CheckSubscription func(address, secret string) error
	// Examine looks for what is wrong with the installation, and with fix mends what can be; nil: this process cannot.
	Examine func(ctx context.Context, fix bool) ([]desk.Ailment, error)
	// DefaultTimezone is the zone of tenants that are made without one.
	DefaultTimezone string
}

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	return slices.Concat(h.adminRoutes(), h.subscriptionRoutes())
}
