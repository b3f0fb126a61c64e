package flows

import (
	"time"

	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// InputKind is why a run is advanced.
type InputKind string

// The kinds of input.
const (
	// Start begins a run: an event that a trigger matched, or an enrolment.
	Start InputKind = "start"
	// Timer says that the wait's time has come. A token that is not the wait's is stale and changes nothing.
	Timer InputKind = "timer"
	// Reply is a customer's message.
	Reply InputKind = "reply"
	// Human is a person of the business taking over (an agent's message or an echo).
	Human InputKind = "human"
	// Result is the final outcome of an action that the run waits for.
	Result InputKind = "result"
	// Stop ends the run from outside with Reason.
	Stop InputKind = "stop"
	// Skip ends the open follow-up and goes on to the next step.
	Skip InputKind = "skip"
	// Refresh re-reads the newest version: a step may have been deleted or moved.
	Refresh InputKind = "refresh"
	// Outbound is a message of ours in the run's conversation that is no follow-up (Definition.OnOutbound).
	Outbound InputKind = "outbound"
	// Refused says that the provider withdrew its acceptance of our message MessageID: a clock that it started did not.
	Refused InputKind = "refused"
	// Recheck asks whether the send that was asked for earlier and still waits (a hold, a pause, the pace, an assistant who
	// writes) is still wanted: conditions are asked again, and a newer version asks for it anew.
	Recheck InputKind = "recheck"
	// Changed says that something about the contact changed: StopIf is looked at.
	Changed InputKind = "changed"
	// Move gives the open follow-up another due time (At): send-now, snooze, a rule's clock that starts again.
	Move InputKind = "move"
)

// Input is one thing that a run is told.
type Input struct {
	Kind   InputKind
	Event  *chat.Event   // Start, Reply, Human, Outbound
	Token  int64         // Timer
	Result *ActionResult // Result
	Reason string        // Stop
	// Vars are given to a new run (Start).
	Vars map[string]any
	// InFlight tells that the action the run waits for is claimed already (sending, unconfirmed or accepted):
	// it can no longer be taken back, so its result is awaited before anything else happens to the run.
	InFlight bool
	// At is the new due time (Move).
	At time.Time
	// MessageID is our message (Refused).
	MessageID string
}

// ActionResult is the final outcome of an action.
type ActionResult struct {
	ActionID string
	// At is when the provider accepted it ("real send time"), or when it finally failed.
	At    time.Time
	Error *fault.Error // nil: accepted
	// MessageID is our message.
	MessageID string
	Output    map[string]any
}

// World is what a run may read about its surroundings, fixed for one Advance.
type World struct {
	Contact      chat.Contact
	Conversation chat.Conversation
	Channel      chat.Channel
	// HasWindow tells whether the channel's provider has the 24 h window.
	HasWindow bool
	// Company is the tenant's name.
	Company string
	// Zone is the one that local rules use: the contact's if set, else the channel's, else the tenant's.
	Zone *time.Location
	// Hours are the sending hours in force; nil: always.
	Hours *calendar.Hours
	// MaxLateness is how late a follow-up may still be sent as it is.
	MaxLateness time.Duration
}
