package triggers

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// Enrolled starts a flow into which somebody puts the contact: by the API, a Typebot command, a list or the conversation
// screen (followup-models.md, "Como colocar cliente começar enviar").
type Enrolled struct{}

// Name is the event's name.
func (Enrolled) Name() string { return string(chat.Enrol) }

// Match accepts an enrolment into this very flow; its variables become the run's.
func (Enrolled) Match(event chat.Event, flow *flows.Flow) (map[string]any, bool) {
	if event.Enrol == nil || event.Enrol.FlowID == "" || event.Enrol.FlowID != flow.ID {
		return nil, false
	}
	return event.Enrol.Vars, true
}
