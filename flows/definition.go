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
