package flows

import (
	"encoding/json"
	"time"
)

// DocumentKind is the authoring format of a stored document.
type DocumentKind string

// The authoring formats that exist.
const (
	// FlowDocument is a hand-made flow: its body is a [Definition].
	FlowDocument DocumentKind = "flow"
	// ModelDocument is a follow-up model (followup-models.md): its body is a followup.Model.
	ModelDocument DocumentKind = "model"
	// RuleDocument is a follow-up rule (followups-api.md): its body is a followup.Rule.
	RuleDocument DocumentKind = "rule"
	// ConfigDocument is an assistant's follow-up configuration (assistant-followup.md): its body is a followup.Config.
	ConfigDocument DocumentKind = "config"
)

// Document is one version of something an author wrote, as it is stored: the source that compiles to a [Flow].
type Document struct {
	ID       string
	TenantID string
	Kind     DocumentKind
	// Number is the small number per tenant and kind: the specs' followup.
	Number int64
	// Key is the author's own name for a flow that came from a folder; unique per tenant and kind, may be empty.
	Key       string
	Name      string
	ChannelID string // the document's channel, if it names one
	Active    bool
	// Version starts at 1 and grows with every changed body; (ID, Version) never changes its Body.
	Version int
	// Body is the author's JSON.
	Body      json.RawMessage
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt time.Time
	// ActivatedAt is when it was turned on last: what happened before starts nothing (domain.md section 4).
	ActivatedAt time.Time
	// Removed are the ids of steps that the present change deletes; it is not stored.
	Removed []string
}
