package desk

import (
	"encoding/json"
	"time"

	"retoma/internal/chat"
)

// Held receives what is kept of one person, a row at a time, so that nobody has to hold all of it. Each function is called for
// every row of its kind, the kinds in the order of the fields; an error ends the reading.
type Held struct {
	Contact      func(chat.Contact) error // with its keys; first the contact, then those that were merged into it
	Conversation func(chat.Conversation) error
	Message      func(chat.Message) error // with its decision log
	File         func(chat.File) error    // what the person sent
	FollowUp     func(HeldFollowUp) error
	Run          func(HeldRun) error
	Memory       func(HeldText) error // what assistants remember
	Word         func(HeldText) error // what might be a command, and is remembered for that
	Event        func(json.RawMessage) error
	Told         func(OutgoingEvent) error // what platforms were told
	Notification func(Notification) error  // what the team was told
}

// HeldRun is a run with its variables and its log.
type HeldRun struct {
	ID, FlowID, State, Reason string
	Vars, Trigger, Outputs    map[string]any
	StartedAt, EndedAt        time.Time
	Log                       []chat.LogEntry
}

// HeldFollowUp is a follow-up with its log.
type HeldFollowUp struct {
	ID string
	// Flow is the name of the model, rule or flow; empty if that is gone.
	Flow, State, MessageID, CancelReason                         string
	Attempt                                                      int
	DueAt, SentAt, CancelledAt, RespondedAt, FailedAt, CreatedAt time.Time
	Log                                                          []chat.LogEntry
}

// HeldText is a remembered text and who wrote it: "user" or "assistant"; empty: the person.
type HeldText struct {
	Role string
	Text string
	At   time.Time
}
