package flows

import (
	"encoding/json"
	"time"
)

// DocumentKind names an authoring format.
type DocumentKind string

// The authoring formats.
const (
	// KindFlow is a hand-made flow: the document is a [Definition].
	KindFlow DocumentKind = "flow"
	// KindModel is a follow-up model (followup-models.md).
	KindModel DocumentKind = "model"
)

// Document is what an author saved: the body as written, in one of its versions. Every kind compiles to a [Flow].
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
	Version   int
	Body      json.RawMessage
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt time.Time
}
