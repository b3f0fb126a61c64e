package chat

import (
	"time"
)

// Direction says who wrote a message.
type Direction string

// The directions.
const (
	Inbound  Direction = "in"
	Outbound Direction = "out"
)

// Origin says what caused an outgoing message; policies depend on it.
type Origin string

// The origins of messages.
const (
	FromCustomer Origin = "customer"
	FromPerson   Origin = "person"   // an agent of the business, through us or on the business's own phone
	FromAPI      Origin = "api"      // an action called by a platform
	FromFollowUp Origin = "followup" // a scheduled send of a run
	FromReply    Origin = "reply"    // a flow's answer to a customer's message
	FromFlow     Origin = "flow"     // any other send of a flow
	FromSystem   Origin = "system"   // such as the confirmation of an opt-out
)

// MessageState is the delivery state of a message.
type MessageState string

// The states of domain.md section 6. Inbound messages are Received.
const (
	Received    MessageState = "received"
	Queued      MessageState = "queued"
	Parked      MessageState = "parked"
	Sending     MessageState = "sending"
	Unconfirmed MessageState = "unconfirmed"
	Accepted    MessageState = "accepted"
	HeldBack    MessageState = "held"
	Sent        MessageState = "sent"
	Delivered   MessageState = "delivered"
	Read        MessageState = "read"
	Played      MessageState = "played"
	Failed      MessageState = "failed"
	Cancelled   MessageState = "cancelled"
)

// MessageMoves is the table of allowed moves: a state only moves forward, and fails only from below delivered.
// The README draws it and SQL enforces it by compare-and-set.
func MessageMoves() map[MessageState][]MessageState {
	moves := map[MessageState][]MessageState{}
	for _, state := range []MessageState{Queued, Parked, Sending, Unconfirmed, Accepted, HeldBack, Sent, Delivered, Read, Played, Failed, Cancelled} {
		moves[state] = state.moves()
	}
	return moves
}

func (s MessageState) moves() []MessageState {
	switch s {
	case Queued:
		return []MessageState{Sending, Parked, Failed, Cancelled}
	case Parked:
		return []MessageState{Queued, Failed, Cancelled}
	case Sending:
		return []MessageState{Queued, Unconfirmed, Accepted, HeldBack, Sent, Delivered, Read, Played, Failed}
	case Unconfirmed:
		return []MessageState{Queued, Cancelled, Accepted, HeldBack, Sent, Delivered, Read, Played, Failed}
	case Accepted:
		return []MessageState{HeldBack, Sent, Delivered, Read, Played, Failed}
	case HeldBack:
		return []MessageState{Sent, Delivered, Read, Played, Failed}
	case Sent:
		return []MessageState{Delivered, Read, Played, Failed}
	case Delivered:
		return []MessageState{Read, Played}
	case Read:
		return []MessageState{Played}
	}
	return []MessageState{}
}

// MayBecome tells whether the table allows the move.
func (s MessageState) MayBecome(next MessageState) bool {
	for _, allowed := range s.moves() {
		if allowed == next {
			return true
		}
	}
	return false
}

// StatesBefore lists the states from which the table allows a move to next, in a fixed order: the compare of a compare-and-set.
func StatesBefore(next MessageState) []MessageState {
	order := []MessageState{Queued, Parked, Sending, Unconfirmed, Accepted, HeldBack, Sent, Delivered, Read, Played, Failed, Cancelled}
	var before []MessageState
	for _, state := range order {
		if state.MayBecome(next) {
			before = append(before, state)
		}
	}
	return before
}

// Message is one message in or out.
type Message struct {
	ID             string
	TenantID       string
	ContactID      string
	ConversationID string
	ChannelID      string
	Direction      Direction
	Origin         Origin
	// ExternalID is the provider's id; empty until it accepted the message.
	ExternalID string
	State      MessageState
	Content    Content
	ReplyTo    string
	// FallbackTemplate is sent instead when the window is closed.
	FallbackTemplate *FilledTemplate
	Transactional    bool // passes an opt-out (domain.md section 6)
	// Replaces is the refused message in whose place this one goes: the one template after a closed window, or the same
	// message with its files handed over anew.
	Replaces string
	// InitiatedAt is when a message that begins a talk (a template outside the window) was claimed; zero for any other.
	InitiatedAt time.Time
	RunID       string
	NodeID      string
	FollowUpID  string
	Attempts    int
	ErrorCode   string
	ErrorDetail string
	Category    string // price category, when the provider told it
	BestBefore  time.Time
	// ClaimNumber is the contact's mailbox number when the send was claimed: no later reply has a number at or below it.
	// What came in has its own number in that mailbox.
	ClaimNumber int64
	CreatedAt   time.Time
	// At is the customer's time for inbound messages; for outbound ones the time when the provider accepted it.
	At          time.Time
	SentAt      time.Time
	DeliveredAt time.Time
	ReadAt      time.Time
	FailedAt    time.Time
	// RevokedAt is when its writer deleted the message for everyone; what it said is not shown any more.
	RevokedAt time.Time
	// Removal is why the message has no content any more; empty: it has.
	Removal Removal
	Log     []LogEntry
}

// Removal is why something was taken out of what is kept.
type Removal string

// The reasons of a removal.
const (
	RemovedByRetention Removal = "retention" // it was kept for as long as the tenant wanted
	RemovedByErasure   Removal = "erased"    // its person was erased
)

// Hidden is the message without what it said, if it was deleted.
func (m Message) Hidden() Message {
	if !m.RevokedAt.IsZero() {
		m.Content = Content{Type: m.Content.Type}
	}
	return m
}

// SameMoment is how far two clocks may differ about which message came first: providers count whole seconds, and a
// webhook may come before the command that its message caused.
const SameMoment = 2 * time.Second

// Automatic tells whether the message counts for a tenant's least gap and daily limit: follow-ups, a flow's messages that
// answer nobody, and templates that a platform asks for. What a platform writes freely answers somebody in an open window.
func (m Message) Automatic() bool {
	switch m.Origin {
	case FromFollowUp, FromFlow:
		return true
	case FromAPI:
		return m.Content.Type == TemplateUse && !m.Transactional
	}
	return false
}

// The checks of the entries that stand in the place of logs that were removed.
const (
	LogRemoved = "retention" // it was kept for as long as the tenant wanted
	LogErased  = "erasure"   // its person was erased
)

// LogEntry is one line of a decision log: what was checked, what came of it, and the values seen.
type LogEntry struct {
	At      time.Time      `json:"at"`
	Check   string         `json:"check"`   // such as "fence", "opt_out", "window", "plan", "provider"
	Verdict string         `json:"verdict"` // such as "go", "later", "drop", "planned", "accepted", "failed"
	Reason  string         `json:"reason,omitempty"`
	Values  map[string]any `json:"values,omitempty"`
}
