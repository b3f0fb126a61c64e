package conversations

import (
	"slices"

	"retoma/gateway/briefs"
	"retoma/gateway/outgoing"
	"retoma/gateway/web"
)

// Handlers shows contacts and conversations, and takes what people write.
type Handlers struct {
	*outgoing.Outbox
	Store Store
	// Files keeps what tenants upload and what customers send; nil: this installation keeps no files.
	Files Files
	// Repeats knows uploads that were made before.
	Repeats *web.Repeats
	// Paced tells what of the pace a message waits for.
	Paced briefs.Paced
}

// Routes are this family's rows of the table.
func (h *Handlers) Routes() []web.Route {
	return slices.Concat(h.actionRoutes(), h.personRoutes(), h.identityRoutes(), h.messageRoutes(), h.mediaRoutes())
}
