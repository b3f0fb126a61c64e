package flows

import "encoding/json"

// Definition is a flow as authors write it, by hand or through an authoring format that compiles to it.
type Definition struct {
	// Key names the flow inside its tenant, such as "orcamento"; authoring formats use their document's id.
	Key  string `json:"key,omitempty"`
	Name string `json:"name"`
	// Channel limits the flow to one channel's id; empty means every channel.
	Channel string `json:"channel,omitempty"`
	// OnReply says what a customer's message does to a run that does not wait for one.
	OnReply OnReply `json:"onReply,omitempty"`
	// OnHuman says what a person's takeover does: "continue" (default) or "stop".
	OnHuman string `json:"onHuman,omitempty"`
	// OnOutbound says what a message of ours that is no follow-up does to a run of the conversation it was sent in:
	// "continue" (default), or "restart": the clock of the open follow-up starts again at that message.
	OnOutbound string `json:"onOutbound,omitempty"`
	// Rearm keeps a run that a reply stopped before anything was sent until its follow-up would have been due: the next
	// message of ours makes the same row pending again. Once something was sent, the flow begins in the conversation only
	// after the customer has written. It needs onReply stop and onOutbound restart.
	Rearm bool `json:"rearm,omitempty"`
	// Again says what a trigger does that matches while a run of the flow is under way in the conversation: "ignore"
	// (default), or "restart": the run is cancelled and a new one begins.
	Again string `json:"again,omitempty"`
	// ExitReason is shown where ExitIf or StopIf ended something; empty: "condição de saída".
	ExitReason string `json:"exitReason,omitempty"`
	// StopIf, an expr condition, is looked at whenever something about the contact has changed (a tag, the stage, the
	// status, a field); when it is true the run ends at once.
	StopIf string `json:"stopIf,omitempty"`
	// Group is an exclusive group: a contact has at most one active run of a group, and a new one replaces it.
	Group string `json:"group,omitempty"`
	// FollowAuthor lets enrolled runs walk the newest version; else a run keeps the version it began with.
	FollowAuthor bool `json:"followAuthor,omitempty"`
	// ExitIf, an expr condition, ends a run when it is true as a follow-up is planned or due.
	ExitIf string           `json:"exitIf,omitempty"`
	Nodes  []NodeDefinition `json:"nodes"`
}

// OnReply is what a customer's message does to a run that does not wait for one.
type OnReply string

// The choices of domain.md section 4.
const (
	ReplyContinue OnReply = "continue"
	ReplyStop     OnReply = "stop"
	ReplyRestart  OnReply = "restart"
)

// NodeDefinition is one step as written.
type NodeDefinition struct {
	// ID is stable: runs, follow-ups and newer versions refer to it.
	ID   string `json:"id"`
	Type string `json:"type"`
	// With holds the node's own parameters.
	With json.RawMessage `json:"with,omitempty"`
	// Next is the exit "next"; Exits names every other exit's target.
	Next  string            `json:"next,omitempty"`
	Exits map[string]string `json:"exits,omitempty"`
}
