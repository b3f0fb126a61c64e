package desk

import (
	"time"

	"retoma/internal/chat"
)

// ForReview is one thing that a restore holds for review: a run whose timer was due, or a message that waited to be sent.
type ForReview struct {
	// ID is the run's or the message's.
	ID       string
	Message  bool
	TenantID string
	// DueAt is when it was due: at or before the restore.
	DueAt          time.Time
	ContactID      string
	ContactName    string
	ContactPhone   string
	ConversationID string
	ChannelID      string
	FlowID         string
	FlowName       string
	// FollowUpID is the follow-up that is meant; empty for what is none.
	FollowUpID string
}

// ReviewFilter says which held things are wanted: those with ids, if any are given. After goes on behind a place.
type ReviewFilter struct {
	IDs   []string
	After chat.FollowUpPlace
	Limit int
}
