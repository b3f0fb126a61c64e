package flows

import "time"

// FollowUpView is a follow-up with the names that lists and explanations show beside it.
type FollowUpView struct {
	FollowUp
	FlowName          string
	FlowKind          DocumentKind
	FlowNumber        int64
	ContactName       string
	ContactPhone      string
	ContactNumber     int64
	MessageExternalID string
	MessageState      string
	// WaitsUntil is when its queued message is looked at next; zero if none is queued.
	WaitsUntil time.Time
}

// ListedAt is the time by which lists order it: when it is due while it is pending, else when it ended.
func (f FollowUp) ListedAt() time.Time {
	switch f.State {
	case Pending:
		return f.DueAt
	case FollowUpSent:
		return f.SentAt
	case FollowUpFailed:
		return f.FailedAt
	}
	return f.CancelledAt
}

// Lead is a conversation with follow-ups (followups-api.md, leads-in-automation).
type Lead struct {
	ContactID      string
	ContactName    string
	ContactPhone   string
	ConversationID string
	// LastMessageAt is the newer of the customer's and our last message; zero if nobody wrote.
	LastMessageAt time.Time
	// FollowUps are those that were asked for, at least one; the first is the one by which leads are ordered.
	FollowUps []LeadFollowUp
	// Pending counts all of the conversation's pending follow-ups.
	Pending int64
}

// LeadFollowUp is what leads show of a follow-up.
type LeadFollowUp struct {
	ID       string
	FlowName string
	State    FollowUpState
	Attempt  int
	DueAt    time.Time
	// ListedAt is [FollowUp.ListedAt].
	ListedAt time.Time
}

// Enrolled is a contact in a flow: where it stands, and what comes next.
type Enrolled struct {
	RunID         string
	State         RunState
	Reason        string
	Node          string
	StartedAt     time.Time
	EndedAt       time.Time
	ContactID     string
	ContactNumber int64
	ContactName   string
	ContactPhone  string
	FollowUpID    string
	NextAt        time.Time // when the next follow-up is due; zero if none
	Sent          int64
	LastSentAt    time.Time
}

// Counts is a flow's line of the report (domain.md section 8).
type Counts struct {
	FlowID  string
	Number  int64
	Name    string
	Active  bool
	Deleted bool
	// Enrolled counts runs ever begun; Waiting those under way.
	Enrolled, Waiting int64
	Tally
}

// AddRuns takes one row of runs counted by state.
func (c *Counts) AddRuns(scan func(into ...any) error) error {
	var state RunState
	var count int64
	if err := scan(&state, &count); err != nil {
		return err
	}
	c.Enrolled += count
	if state == Waiting {
		c.Waiting = count
	}
	return nil
}
