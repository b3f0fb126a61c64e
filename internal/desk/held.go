package desk

import (
	"encoding/json"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// Held receives what is kept of one person, a row at a time, so that nobody has to hold all of it. Each function is called for
// every row of its kind, the kinds in the order of the fields; an error ends the reading.
type Held struct {
	Contact      func(chat.Contact) error // with its keys; first the contact, then those that were merged into it
	Conversation func(chat.Conversation) error
	Message      func(chat.Message) error // with its decision log
	File         func(chat.File) error    // what the person sent
	FollowUp     func(flows.FollowUpView) error
	Run          func(HeldRun) error
	Memory       func(HeldText) error // what assistants remember
	Word         func(HeldText) error // what might be a command, and is remembered for that
	Event        func(json.RawMessage) error
	Told         func(OutgoingEvent) error // what platforms were told
	Notification func(Notification) error  // what the team was told
}

// HeldRun is a run with its variables and its log.
type HeldRun struct {
	flows.Run
	EndedAt time.Time
	Log     []chat.LogEntry
}

// HeldText is a remembered text and who wrote it: "user" or "assistant"; empty: the person.
type HeldText struct {
	Role string
	Text string
	At   time.Time
}
