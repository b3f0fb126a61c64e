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
	Pending, Sent     int64
	Failed, Cancelled int64
	// Responded counts SENT follow-ups that the customer answered; RespondedBefore those that the answer overtook.
	Responded, RespondedBefore int64
}

// Add takes one row of follow-ups counted by state: state, how many, how many of them were answered.
func (c *Counts) Add(scan func(into ...any) error) error {
	var state FollowUpState
	var count, answered int64
	if err := scan(&state, &count, &answered); err != nil {
		return err
	}
	switch state {
	case Pending:
		c.Pending = count
	case FollowUpSent:
		c.Sent, c.Responded = count, answered
	case FollowUpFailed:
		c.Failed = count
	case FollowUpCancelled:
		c.Cancelled = count
	case Responded:
		c.RespondedBefore = count
	}
	return nil
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
