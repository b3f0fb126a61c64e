package chat

import "time"

// SilentFilter selects conversations in which the customer has not answered us.
type SilentFilter struct {
	// ChannelID limits to one channel; empty: every channel.
	ChannelID string
	// FlowID is a flow whose runs under way leave their conversations out.
	FlowID string
	// Before is the latest time of our last message that is no follow-up.
	Before time.Time
	// Page goes on behind the cursor; its limit is how many conversations are looked at.
	Page
}

// Silence is a conversation in which we have the last word.
type Silence struct {
	Conversation Conversation
	Contact      Contact
	// Since is when we wrote last, follow-ups not counted.
	Since time.Time
}
