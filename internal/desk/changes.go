package desk

import (
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// Changes is what a unit of work decided, ready to be written.
type Changes struct {
	Contact       *chat.Contact
	Conversations map[string]chat.Conversation
	NewMessages   []chat.Message
	// Messages are stored ones that changed.
	Messages  []chat.Message
	Runs      []flows.Run
	NewRuns   []flows.Run
	FollowUps []flows.FollowUp
	// RunLogs are what was decided about runs, to be appended to what they have.
	RunLogs   map[string][]chat.LogEntry
	NewItems  []Item
	Items     []Item
	DoneItems []string
	// Claims are the items that are sent as soon as this commits; a claim that finds another mailbox revision undoes everything.
	Claims []string
	// Released are unconfirmed items that are taken for not sent; news of one that came in meanwhile undo everything.
	Released []string
	// Writings are the items whose texts an assistant writes as soon as this commits.
	Writings []string
	// Handled are inbox rows that are done.
	Handled []string
	// Revocations are messages that their writers deleted for everyone.
	Revocations []Revocation
	// Credit fills respondedAt of a follow-up that the customer answered.
	Credit *Credit
	// FailedFollowUps are sent follow-ups that the provider reported as failed before delivery.
	FailedFollowUps []FailedFollowUp
	// Replaced are messages of sent follow-ups in whose place another message goes.
	Replaced []Replaced
	// LostUploads are copies of files of ours that a provider could not use: the next message hands them over anew.
	LostUploads   []LostUpload
	Notifications []Notification
	// Troubles are what refusals said about channels and templates: they are written there right after this commit.
	Troubles []Trouble
}

// Replaced gives a sent follow-up another message, after the provider took its acceptance back: the one template, or the same
// one with its files handed over anew.
type Replaced struct {
	MessageID string
	By        string
	Log       []chat.LogEntry
}

// Revocation says that the message with this id of the provider's was deleted for everyone by who had written it.
type Revocation struct {
	TenantID, ChannelID, ExternalID string
	Direction                       chat.Direction
	At                              time.Time
}

// Credit says that a reply answers a follow-up that was sent.
type Credit struct {
	FollowUpID string
	At         time.Time
}

// FailedFollowUp moves the follow-up of a message from SENT to FAILED.
type FailedFollowUp struct {
	MessageID string
	At        time.Time
	ErrorCode string
	Log       []chat.LogEntry
}

// Notification is something that the team is told.
type Notification struct {
	ID       string
	TenantID string
	State    string // "pending", "sent", "failed"; empty for a new one
	Kind     string // such as "send.failed", "message.unconfirmed", "inbox.quarantined"
	Title    string // Portuguese
	Text     string
	Data     map[string]any
	At       time.Time
	Attempts int
	// Problem is what kept the last attempt from succeeding, or a remark about it.
	Problem string
	DueAt   time.Time
}
