package chat

import "time"

// Page is a part of a list: at most Limit rows after the row whose id is Cursor.
type Page struct {
	Limit  int
	Cursor string
}

// ContactFilter selects contacts; zero values select all.
type ContactFilter struct {
	Search string // part of the name or of the phone
	Page
}

// ConversationFilter selects conversations; zero values select all.
type ConversationFilter struct {
	ContactID string
	ChannelID string
	Page
}

// MessageFilter selects messages; zero values select all.
type MessageFilter struct {
	ConversationID string
	State          MessageState
	Page
}

// FollowUpFilter selects follow-ups; zero values select all.
type FollowUpFilter struct {
	// Pending selects the queue (ordered by due time), else the history (newest first).
	Pending        bool
	State          string
	FlowID         string
	ConversationID string
	ContactID      string
	From, To       time.Time
	Page
}
