package flows

import (
	"fmt"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// maxSteps bounds the nodes that one turn may run through.
const maxSteps = 100

// maxVisited bounds the memory of a run in a flow with loops.
const maxVisited = 400

// Begin starts a run and walks it to its first wait or its end. The caller fills in the run's ids (ID, TenantID,
// ContactID, ConversationID, ChannelID) and, where it knows which trigger matched, Node; the rest is decided here.
// An enrolment with OnlyNode walks just that node (send-test). The error is a mistake of the caller.
func Begin(flow *Flow, run Run, in Input, w World, now time.Time) (Turn, error) {
	if run.ID == "" || in.Kind != Start {
		return Turn{}, fmt.Errorf("flows: Begin needs a run's id and an input of kind start, got %q and %q", run.ID, in.Kind)
	}
	t := newTurn(flow, run, in, w, now)
	t.run.FlowID, t.run.Version, t.run.Group = flow.ID, flow.Version, flow.definition.Group
	t.run.State, t.run.StartedAt = Waiting, t.startedAt()
	t.run.Anchor = t.run.StartedAt
	t.startClock()
	t.run.Vars, t.run.Outputs = cloneMap(in.Vars), map[string]any{}
	if t.run.Vars == nil {
		t.run.Vars = map[string]any{}
	}
	t.run.Trigger = TriggerPayload(in.Event, w)
	if in.Event != nil {
		t.run.Began = string(in.Event.Name)
	}
	t.run.Answering = speaksForCustomer(in.Event)
	start := t.startNode(run.Node)
	if _, known := flow.nodes[start]; !known {
		t.end(Broken, fmt.Sprintf("o fluxo não tem o nó %q", start))
		return t.done()
	}
	if t.run.Only {
		t.run.Group = "" // a test takes nobody out of the group
	}
	t.enter(start)
	t.walk(nil)
	return t.done()
}

// startedAt is when the event was written down; a backlog does not move an enrolment to another day.
func (t *turn) startedAt() time.Time {
	if t.in.Event != nil && !t.in.Event.ReceivedAt.IsZero() && t.in.Event.ReceivedAt.Before(t.now) {
		return stored(t.in.Event.ReceivedAt)
	}
	return t.now
}

// startClock lets a run that a message of ours began count from that message, and one that a person scheduled keep its time.
func (t *turn) startClock() {
	event := t.in.Event
	switch {
	case event == nil:
	case event.Name == chat.MessageSent:
		t.run.Anchor, t.run.ClockMessage = spokenAt(*event, t.now), event.ID
	case event.Enrol != nil && event.Enrol.OnlyNode != "" && !event.Enrol.At.IsZero():
		t.run.Scheduled = stored(event.Enrol.At)
	case event.Enrol != nil && event.Enrol.OnlyNode == "":
		t.run.OnReply = OnReply(event.Enrol.OnReply)
		t.run.Anchor = latest(t.run.Anchor, stored(event.Enrol.At))
	}
}

func (t *turn) startNode(wanted string) string {
	event := ""
	if t.in.Event != nil {
		event = string(t.in.Event.Name)
		if t.in.Event.Enrol != nil && t.in.Event.Enrol.OnlyNode != "" {
			t.run.Only = true
			return t.in.Event.Enrol.OnlyNode
		}
	}
	return t.flow.begin(wanted, event)
}

func speaksForCustomer(event *chat.Event) bool {
	if event == nil || event.Message == nil || event.Name == chat.MessageEcho {
		return false
	}
	return event.Message.Content.SpeaksForCustomer()
}

// Advance tells a waiting run one thing and gives everything that follows from it. It is pure: the same arguments give
// the same turn, and none of them is changed. An input that does not concern the run (a stale timer, another action's
// result, a run that has ended) gives the run back as it is. What an author's flow cannot do is decided, not returned;
// the error is a mistake of the caller, such as another flow's run.
func Advance(flow *Flow, run Run, in Input, w World, now time.Time) (Turn, error) {
	if run.FlowID != flow.ID {
		return Turn{}, fmt.Errorf("flows: run %s walks flow %s, not %s", run.ID, run.FlowID, flow.ID)
	}
	if _, known := flow.nodes[run.Node]; !known && !flow.definition.FollowAuthor && run.State == Waiting {
		return Turn{}, fmt.Errorf("flows: run %s stands at node %q, which version %d of flow %s does not have", run.ID, run.Node, flow.Version, flow.ID)
	}
	if !concerns(run, in, now) {
		return Turn{Run: run.clone()}, nil
	}
	t := newTurn(flow, run, in, w, now)
	t.run.Version = flow.Version
	t.handle()
	return t.done()
}

// concerns tells whether an input is anything to a run.
func concerns(run Run, in Input, now time.Time) bool {
	if run.State != Waiting {
		return false
	}
	switch in.Kind {
	case Timer:
		return in.Token == run.Wait.Token && !run.Wait.Until.IsZero() && !now.Before(run.Wait.Until)
	case Result:
		return in.Result != nil && run.Wait.Action != "" && in.Result.ActionID == run.Wait.Action
	case Reply:
		return in.Event == nil || in.Event.Message == nil || in.Event.Message.Content.SpeaksForCustomer()
	case Skip, Move, Recheck:
		return run.Open != nil && !run.Resting() && !in.InFlight
	case Outbound:
		return in.Event != nil
	case Human, Stop, Refresh, Changed, Refused:
		return true
	}
	return false
}

// handle applies an input that concerns the run.
func (t *turn) handle() {
	if t.run.Wait.EndReason != "" && t.in.Kind != Result {
		t.endLate()
		return
	}
	if !t.run.Wait.Answered.IsZero() && t.in.Kind == Refresh && !t.in.InFlight {
		t.restartLate()
		return
	}
	if t.run.Resting() && t.rests() {
		return
	}
	switch t.in.Kind {
	case Result:
		t.result(*t.in.Result)
	case Stop:
		t.stop(FollowUpCancelled, t.in.Reason)
	case Human:
		t.human()
	case Reply:
		t.reply()
	case Skip:
		t.skip()
	case Outbound:
		t.outbound()
	case Refused:
		t.refused()
	case Changed:
		t.changed()
	case Recheck:
		t.recheck()
	default:
		t.atNode()
	}
}

// atNode applies what needs the step at which the run stands: Timer, Refresh and Move.
func (t *turn) atNode() {
	if t.present() == nil {
		t.removed()
		return
	}
	switch t.in.Kind {
	case Timer:
		t.run.Answering = false
		t.walk(&t.in)
	case Move:
		t.takeBack()
		t.moveOpen(t.in.At, "move", firstOf(t.in.Reason, "movido a pedido"), nil)
	}
}

// walk runs nodes until one stays or the run ends. The first one is given the input; the others are arrived at.
func (t *turn) walk(input *Input) {
	for steps := 0; t.run.State == Waiting; steps++ {
		node := t.present()
		if steps == maxSteps {
			t.end(Broken, fmt.Sprintf("mais de %d passos sem esperar, no nó %q", maxSteps, node.ID))
			return
		}
		exit, err := node.node.Run(&Step{turn: t, node: node, input: input})
		if err != nil {
			exit = t.failed(node, fault.Of(err))
		}
		if input != nil && exit != Stay {
			t.run.Anchor = t.happened(*input)
		}
		input = nil
		switch {
		case t.run.State != Waiting:
			return
		case exit == Stay:
			return
		case exit == Done:
			t.end(Finished, t.run.Reason)
		default:
			t.leave(node, exit)
		}
	}
}

// happened is when what a node waited for came: for a send, the moment the provider accepted it.
func (t *turn) happened(in Input) time.Time {
	if in.Kind == Result && !in.Result.At.IsZero() {
		return stored(in.Result.At)
	}
	return t.now
}

// failed leaves by the exit "error" if it leads somewhere, else breaks the run.
func (t *turn) failed(node *compiledNode, problem *fault.Error) Exit {
	t.note("node", "failed", problem.Message, map[string]any{"node": node.ID, "code": string(problem.Code)})
	if node.target(ErrorExit) == "" {
		t.end(Broken, fmt.Sprintf("nó %q: %s", node.ID, problem.Message))
		return Stay
	}
	t.run.Outputs[node.ID] = errorOutput(problem)
	return ErrorExit
}

func errorOutput(problem *fault.Error) map[string]any {
	return map[string]any{"error": map[string]any{"code": string(problem.Code), "message": problem.Message}}
}

// leave goes to the node that an exit leads to. A run that follows its author passes over what it has done already.
func (t *turn) leave(node *compiledNode, exit Exit) {
	target := node.target(exit)
	for t.flow.definition.FollowAuthor && target != "" && t.visited(target) {
		target = t.flow.nodes[target].Next
	}
	if target == "" || t.run.Only {
		t.end(Finished, "")
		return
	}
	t.enter(target)
}
