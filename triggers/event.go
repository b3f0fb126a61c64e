package triggers

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// Event starts a flow by the name of an event: one of retoma's own without a file here (deal.created, call.completed,
// contact.stage_entered ...) or any name that a platform chose.
type Event struct{}

// Name says that it stands for every name that no other trigger has.
func (Event) Name() string { return Any }

// Match accepts the event: its name was compared already.
func (Event) Match(chat.Event, *flows.Flow) (map[string]any, bool) { return nil, true }
