package triggers

import (
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// Trigger is one kind of start.
type Trigger interface {
	// Name is the name of the events it looks at; [Any] for those that nobody else claims.
	Name() string
	// Match tells whether an event starts a flow that waits for it, and the variables that the run begins with.
	// The flow's channel and condition are checked by [Match].
	Match(event chat.Event, flow *flows.Flow) (vars map[string]any, matched bool)
}

// Any is the name of the trigger for events with names of a platform's own.
const Any = "*"

// List is every trigger. A new one is a new file and one line here.
func List() []Trigger {
	return []Trigger{
		MessageReceived{},
		ConversationStarted{},
		Enrolled{},
		Event{},
	}
}

// Start is how a run begins.
type Start struct {
	// NodeID is the trigger node that matched; empty for a test of a single step.
	NodeID string
	Vars   map[string]any
}

// Match tells whether an event starts a flow. The first trigger node that matches wins. The error is the condition of
// a trigger that could not be evaluated: it starts nothing, and the reason is for the log.
func Match(flow *flows.Flow, event chat.Event, w flows.World, now time.Time) (Start, bool, error) {
	return NewFact(event, w, now).Start(flow)
}

// test is an enrolment that sends one step only: it needs no trigger node.
func test(flow *flows.Flow, event chat.Event) (map[string]any, bool) {
	if event.Enrol == nil || event.Enrol.OnlyNode == "" {
		return nil, false
	}
	return Enrolled{}.Match(event, flow)
}

func find(name string) Trigger {
	var other Trigger
	for _, trigger := range List() {
		switch trigger.Name() {
		case name:
			return trigger
		case Any:
			other = trigger
		}
	}
	return other
}

// onChannel checks the limits of the trigger node and of its flow. An enrolment is not limited: the flow's channel wins,
// and the conversation there is found or made (domain.md section 4).
func onChannel(wanted flows.TriggerWanted, flow *flows.Flow, event chat.Event, w flows.World) bool {
	if event.Enrol != nil {
		return true
	}
	channel := event.ChannelID
	if channel == "" {
		channel = w.Channel.ID
	}
	for _, limit := range []string{wanted.Channel, flow.Definition().Channel} {
		if limit != "" && limit != channel {
			return false
		}
	}
	return true
}
