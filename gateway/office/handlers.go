package office

import (
	"slices"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
)

// Handlers keeps what is set up.
type Handlers struct {
	*people.Register
	Store Store
	// CheckNotify refuses notification targets that cannot be used, naming the field; nil accepts what has the right form.
	CheckNotify func(chat.Notify) error
	// CheckSubscription refuses an address or a secret that a subscription cannot use, naming the field; nil accepts all.
	CheckSubscription func(address, secret string) error
	// DefaultTimezone is the zone of tenants that are made without one.
	DefaultTimezone string
}

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	return slices.Concat(h.adminRoutes(), h.subscriptionRoutes())
}
