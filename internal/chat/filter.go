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
	// Key selects the one contact that is known by it; nil selects all.
	Key *Key
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
	ContactID      string
	ConversationID string
	State          MessageState
	Page
}

// FileFilter selects files; zero values select all.
type FileFilter struct {
	State FileState
	Page
}

// FollowUpFilter selects follow-ups; zero values select all. Of Page only Limit counts.
type FollowUpFilter struct {
	// Pending selects the queue (ordered by due time), else the history (what ended last first).
	Pending bool
	// State selects one state of the history; PENDING selects the queue.
	State          string
	FlowID         string
	ConversationID string
	ContactID      string
	// From and To bound when it ended, in the queue when it is due; both belong to what is selected.
	From, To time.Time
	// After goes on behind a follow-up that was listed before.
	After FollowUpPlace
	Page
}

// FollowUpPlace is where a follow-up stands in a list: the time by which it is listed, and its id.
type FollowUpPlace struct {
	At time.Time
	ID string
}

// LeadFilter selects leads in automation: conversations with follow-ups that match.
type LeadFilter struct {
	// State is that of the follow-ups; empty means PENDING.
	State  string
	FlowID string
	// After goes on behind a lead's first follow-up that was listed before.
	After FollowUpPlace
	Limit int
}
