package authoring

import (
	"slices"

	"retoma/gateway/outgoing"
	"retoma/gateway/web"
	"retoma/internal/catalog"
)

// Handlers keeps documents of all authoring formats.
type Handlers struct {
	*outgoing.Outbox
	Store   Store
	Catalog *catalog.Catalog
}

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	return slices.Concat(h.modelRoutes(), h.ruleRoutes(), h.configRoutes(), h.flowRoutes())
}
