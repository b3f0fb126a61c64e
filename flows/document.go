package flows

import "encoding/json"

// DocumentKind is the authoring format of a stored document.
type DocumentKind string

// The authoring formats that exist.
const (
	// FlowDocument is a hand-made flow: its body is a [Definition].
	FlowDocument DocumentKind = "flow"
	// ModelDocument is a follow-up model (followup-models.md): its body is a followup.Model.
	ModelDocument DocumentKind = "model"
)

// Document is one version of something an author wrote, as it is stored: the source that compiles to a [Flow].
type Document struct {
	ID       string
	TenantID string
	Kind     DocumentKind
	// Version starts at 1 and grows with every saved change; (ID, Version) never changes its Body.
	Version int
	Active  bool
	Name    string
	// Body is the author's JSON.
	Body json.RawMessage
}
