package assistants

import (
	"context"
	"time"
)

// Handlers keeps assistants and lets them answer.
type Handlers struct {
	Store Store
	// Assistants answers customers; nil: no assistant can.
	Assistants Replier
	// Configs ends the follow-ups of an assistant that is removed.
	Configs Configs
	// Writing ends when assistants are to stop answering.
	Writing context.Context
	Now     func() time.Time
	NewID   func() string
}
