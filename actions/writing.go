package actions

import (
	"time"

	"retoma/internal/chat"
)

// WritingJob is everything that is known about a message which an assistant is to write.
type WritingJob struct {
	Tenant       chat.Tenant
	Assistant    chat.Assistant
	Contact      chat.Contact
	Conversation chat.Conversation
	// Message is the one to be written; its content's Writing says what for.
	Message chat.Message
	// Vars are the variables of the run that asked.
	Vars map[string]any
	// Zone is the contact's: the day of a daily cap is the tenant's own.
	Zone *time.Location
}

// Written is what an assistant wrote, with what there is to say about it for the decision log.
type Written struct {
	Text string
	Log  []chat.LogEntry
}
