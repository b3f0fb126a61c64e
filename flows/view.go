package flows

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
