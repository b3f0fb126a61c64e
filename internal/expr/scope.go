package expr

import "time"

// Scope is what conditions and templates read. Leaves are plain JSON-like values: map[string]any, []any, []string,
// string, float64, int, bool, time.Time and nil. Nothing here changes it, so one Scope may serve many evaluations at once.
type Scope struct {
	// Trigger is the payload of the event that started the run.
	Trigger map[string]any
	// Contact holds name, first_name, phone, tags, stage, status, fields and what else is known of the person.
	Contact map[string]any
	// Conversation is the conversation that the run belongs to.
	Conversation map[string]any
	// Channel is the channel that the conversation uses.
	Channel map[string]any
	// Vars are the run's own variables.
	Vars map[string]any
	// Steps holds what earlier nodes gave: steps.<node>.output.
	Steps map[string]any
	// Now is the moment of this unit of work, in the zone that local rules use; dates are shown in its zone.
	Now time.Time
}

// rootNames are the names an author may begin a path with, in the order that error texts list them.
const rootNames = "trigger, contact, conversation, channel, vars, steps, now"

// roots gives the value of each name in [rootNames].
func (s Scope) roots() map[string]any {
	return map[string]any{
		"trigger": s.Trigger, "contact": s.Contact, "conversation": s.Conversation, "channel": s.Channel,
		"vars": s.Vars, "steps": s.Steps, "now": s.Now,
	}
}
