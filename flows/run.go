package flows

import (
	"encoding/json"
	"time"

	"retoma/internal/chat"
)

// RunState is where a run stands.
type RunState string

// The states of a run. Waiting is the only one that is not final: between inputs a run always waits for something.
const (
	Waiting  RunState = "waiting"
	Finished RunState = "finished" // walked to an end
	Stopped  RunState = "stopped"  // ended from outside: a reply, a removal, an opt-out, a deactivation
	Broken   RunState = "failed"   // the flow itself could not go on
)

// RunMoves is the table of allowed moves.
func RunMoves() map[RunState][]RunState {
	return map[RunState][]RunState{
		Waiting:  {Waiting, Finished, Stopped, Broken},
		Finished: {}, Stopped: {}, Broken: {},
	}
}

// Run is one flow being walked for one conversation. It is a value: Advance never changes the one it is given.
// What has a column of its own in the store is not encoded.
type Run struct {
	ID             string   `json:"-"`
	TenantID       string   `json:"-"`
	FlowID         string   `json:"-"`
	Version        int      `json:"-"` // of the flow when the run last advanced
	ContactID      string   `json:"-"`
	ConversationID string   `json:"-"`
	ChannelID      string   `json:"-"`
	Group          string   `json:"-"`
	State          RunState `json:"-"`
	Reason         string   `json:"-"` // why it ended
	// Node is where the run stands; Visited is every node entered so far, in order, the present one last.
	Node    string         `json:"-"`
	Visited []string       `json:"visited,omitempty"`
	Wait    Wait           `json:"wait,omitzero"`
	Vars    map[string]any `json:"vars,omitempty"`
	Trigger map[string]any `json:"trigger,omitempty"`
	// Began is the name of the event that started the run; Trigger may say otherwise, where a platform's data does.
	Began   string         `json:"began,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"` // steps.<node>.output
	// Answering marks a run whose sends answer a customer's message; they are FromReply, else FromFlow.
	Answering bool      `json:"answering,omitempty"`
	StartedAt time.Time `json:"-"`
	// Anchor is what the next step's offset counts from: the enrolment, then each real send time, and in flows that
	// wait in other ways too the end of each wait.
	Anchor time.Time `json:"anchor,omitzero"`
	// Sequence counts what the run has made (follow-ups, actions): ids are derived from it.
	Sequence int64 `json:"sequence,omitempty"`
	// Attempts counts the follow-ups planned so far: the number of the last one.
	Attempts int `json:"attempts,omitempty"`
	// Only marks a run that walks just the node it stands at (send-test, a follow-up scheduled by hand), then ends.
	Only bool `json:"only,omitempty"`
	// OnReply is what a customer's message does to this run, if it was enrolled with a choice of its own; empty: as the flow says.
	OnReply OnReply `json:"onReply,omitempty"`
	// Scheduled is when a person wants the one follow-up sent; zero for every other run.
	Scheduled time.Time `json:"scheduled,omitzero"`
	// ClockMessage is our message that the open follow-up's clock counts from (OnOutbound restart), and ClockBefore what it
	// counted from before that message.
	ClockMessage string    `json:"clockMessage,omitempty"`
	ClockBefore  time.Time `json:"clockBefore,omitzero"`
	// Restarts counts how often a message of ours started that clock again.
	Restarts int `json:"restarts,omitempty"`
	// AskedVersion is the flow's version that the send which the run waits for was asked with.
	AskedVersion int `json:"askedVersion,omitempty"`
	// Trace is the traceparent of what last moved the run; empty where nothing is traced.
	Trace string `json:"trace,omitempty"`
	// Open is the follow-up that is planned and not ended; nil if none. In a run that rests it is RESPONDED (see Rearm).
	Open *FollowUp `json:"-"`
}

// Testing tells a run that sends one node's message at once, whatever its conditions say (send-test).
func (r Run) Testing() bool { return r.Only && r.Scheduled.IsZero() }

// Resting tells a run that a reply stopped, and that our next message wakes again (Definition.Rearm).
func (r Run) Resting() bool { return r.Open != nil && r.Open.State == Responded }

// Wait is what a run waits for.
type Wait struct {
	// Until wakes the run with a Timer; zero for no timer.
	Until time.Time `json:"until"`
	// Token grows with each wait; a timer with an older token does nothing.
	Token int64 `json:"token"`
	// Reply lets a customer's message through to the node.
	Reply bool `json:"reply,omitempty"`
	// Action is the id of the action whose result the run waits for.
	Action string `json:"action,omitempty"`
	// EndReason, when set, stops the run with this reason once the result of Action has come: what ended the run
	// came after the send was claimed, so the send still counts (domain.md section 5).
	EndReason string `json:"endReason,omitempty"`
	// Answered is when a customer's answer that restarts the clock came while Action was in flight: if that send comes back
	// unsent, the clock counts from here. Zero: none came.
	Answered time.Time `json:"answered,omitzero"`
}

// Unsettled tells that something came while the run's send was in flight which changes the run if that send comes back unsent.
func (w Wait) Unsettled() bool { return w.EndReason != "" || !w.Answered.IsZero() }

// FollowUpState is where a follow-up stands (domain.md section 5).
type FollowUpState string

// The states of a follow-up, in the words of followups-api.md.
const (
	Pending           FollowUpState = "PENDING"
	FollowUpSent      FollowUpState = "SENT"
	FollowUpFailed    FollowUpState = "FAILED"
	FollowUpCancelled FollowUpState = "CANCELLED"
	Responded         FollowUpState = "RESPONDED"
)

// FollowUpMoves is the table of allowed moves.
func FollowUpMoves() map[FollowUpState][]FollowUpState {
	return map[FollowUpState][]FollowUpState{
		Pending:           {FollowUpSent, FollowUpFailed, FollowUpCancelled, Responded},
		FollowUpSent:      {FollowUpFailed},
		FollowUpFailed:    {},
		FollowUpCancelled: {},
		Responded:         {Pending}, // a rule's row that our next message re-arms (domain.md section 4)
	}
}

// ReasonReplied is the cancelReason of a follow-up that the customer's answer overtook (followups-api.md).
const ReasonReplied = "Cliente respondeu antes"

// FollowUp is one scheduled send of a run: a row of the queue, the history and the statistics.
type FollowUp struct {
	ID             string
	TenantID       string
	RunID          string
	FlowID         string
	NodeID         string // the step
	ContactID      string
	ConversationID string
	ChannelID      string
	State          FollowUpState
	Attempt        int // 1 for the run's first follow-up
	DueAt          time.Time
	// Revision grows when the due time moves; it makes a wake-up for an older one stale.
	Revision     int64
	MessageID    string // the outbox row, once the send was asked for
	SentAt       time.Time
	CancelledAt  time.Time
	CancelReason string
	RespondedAt  time.Time
	FailedAt     time.Time
	ErrorCode    string
	CreatedAt    time.Time
	// Log is what was decided about this follow-up since it was last stored: the store appends it, or with LogAnew puts it in
	// the place of what was there, so that a row which a busy chat moves a thousand times stays small.
	Log     []chat.LogEntry
	LogAnew bool
}

// Action is one thing that a turn wants done. Nodes never call actions: the outbox carries them out.
type Action struct {
	ID string
	// Name is the registered action: "send_message", "send_template".
	Name   string
	Params json.RawMessage
	RunID  string
	NodeID string
	// FollowUpID is set when the action is a follow-up's send.
	FollowUpID string
	// Waits tells that the run waits for the result.
	Waits  bool
	Origin chat.Origin
}

// Turn is everything that one Advance decided. Nothing in it has happened yet.
type Turn struct {
	Run     Run
	Actions []Action
	// FollowUps are the rows that are new or changed, whole; Log holds only the new entries.
	FollowUps []FollowUp
	// CancelActions asks that what earlier turns of the run asked for and was not claimed yet be taken back.
	CancelActions bool
	Log           []chat.LogEntry
}
