package desk

import (
	"time"

	"retoma/internal/chat"
)

// ItemState is where an outbox row stands. A row that is done is gone.
type ItemState string

// The states of an outbox row.
const (
	ItemPending     ItemState = "pending"
	ItemSending     ItemState = "sending"
	ItemUnconfirmed ItemState = "unconfirmed"
	// ItemWriting rows wait for an assistant to write their text. They can still be taken back.
	ItemWriting ItemState = "writing"
	// ItemParked rows wait for the customer's message (start-conversation.md).
	ItemParked ItemState = "parked"
)

// WritingLease is how long a process that has an assistant write may be silent about it before the message is given to
// another; it says that it lives every WritingPulse.
const (
	WritingLease = 15 * time.Second
	WritingPulse = 5 * time.Second
)

// Item is an outbox row: one message that is to be sent, and how far that is.
type Item struct {
	ID string // the message's id
	// OrderingKey orders writing: rows of one key go out one after another (a run, or the message alone).
	OrderingKey string
	Action      string
	State       ItemState
	DueAt       time.Time
	ClaimedAt   time.Time
	Attempts    int // tries that were used up
	// Waits tells that the message's run waits for the outcome.
	Waits bool
	// Position orders what waits for a contact, of whatever key; 0 in a new row: behind all of it.
	Position int64
	Message  chat.Message
	// Request is the idempotent request that asked for the message; its answer is kept in the same commit. Nil for none.
	Request *Request
}

// Request is a caller's idempotency key and what it is answered.
type Request struct {
	Key    string
	Answer chat.Answer
}

// Outcome is what a claimed send came to.
type Outcome struct {
	ItemID string
	At     time.Time
	// Error is nil when the provider accepted.
	Error      error
	ExternalID string
	Route      string
	State      chat.MessageState
	Log        []chat.LogEntry
	// Draft is what an assistant wrote; the outcome is then no send's.
	Draft *Draft
}

// Draft is a text that an assistant wrote, or why there is none.
type Draft struct {
	Text  string
	Error error
}

// Withdrawable tells whether an item was not claimed for sending yet: it can be taken back.
func (i Item) Withdrawable() bool {
	return i.State == ItemPending || i.State == ItemParked || i.State == ItemWriting
}
