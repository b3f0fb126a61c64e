package flows

import (
	"errors"
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/expr"
)

// turn is one Advance at work, on a copy of the run.
type turn struct {
	flow  *Flow
	run   Run
	in    Input
	world World
	now   time.Time

	actions       []Action
	followUps     []*FollowUp
	cancelActions bool
	log           []chat.LogEntry
	// surroundings are the scope's parts that do not change within a turn; made when first read.
	surroundings *expr.Scope
}

func newTurn(flow *Flow, run Run, in Input, w World, now time.Time) *turn {
	t := &turn{flow: flow, run: run.clone(), in: in, world: w, now: stored(now)}
	if t.run.Outputs == nil {
		t.run.Outputs = map[string]any{}
	}
	if t.run.Vars == nil {
		t.run.Vars = map[string]any{}
	}
	if t.run.Open != nil {
		t.run.Open.Log, t.run.Open.LogAnew = nil, false // stored already
	}
	return t
}

// stored is an instant as the store keeps it: UTC milliseconds (domain.md section 3). All the engine's times are such,
// so that none of them changes by being stored, and a wake-up at a stored time is never early.
func stored(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// done hands over what was decided.
func (t *turn) done() (Turn, error) {
	if t.run.State == Waiting && t.run.Wait.idle() {
		return Turn{}, errors.New("flows: node " + t.run.Node + " stays without saying what it waits for")
	}
	out := Turn{Run: t.run, Actions: t.actions, CancelActions: t.cancelActions, Log: t.log}
	for _, followUp := range t.followUps {
		out.FollowUps = append(out.FollowUps, *followUp)
	}
	if t.run.Open != nil {
		open := *t.run.Open
		open.Log, open.LogAnew = nil, false
		out.Run.Open = &open
	}
	return out, nil
}

func (w Wait) idle() bool { return w.Until.IsZero() && !w.Reply && w.Action == "" }

// present is the node at which the run stands; nil if this version no longer has it.
func (t *turn) present() *compiledNode { return t.flow.nodes[t.run.Node] }

func (t *turn) visited(id string) bool { return slices.Contains(t.run.Visited, id) }

func (t *turn) enter(id string) {
	t.run.Node = id
	t.run.Visited = append(t.run.Visited, id)
	if extra := len(t.run.Visited) - maxVisited; extra > 0 {
		t.run.Visited = slices.Clone(t.run.Visited[extra:])
	}
	t.stopWaiting()
}

func (t *turn) stopWaiting() { t.run.Wait = Wait{Token: t.run.Wait.Token} }

func (t *turn) wait(wait Wait) {
	wait.Token = t.run.Wait.Token + 1
	t.run.Wait = wait
}

// end brings the run to a final state; a follow-up that is still open is cancelled with the same reason.
func (t *turn) end(state RunState, reason string) {
	t.closeOpen(FollowUpCancelled, reason)
	t.run.State, t.run.Reason = state, reason
	t.stopWaiting()
	t.note("run", string(state), reason, nil)
}

// id names the next thing that the run makes.
func (t *turn) id() string {
	t.run.Sequence++
	return chat.OrderedID(t.run.ID, t.run.Sequence, t.now)
}

// note writes into the turn's log.
func (t *turn) note(check, verdict, reason string, values map[string]any) {
	t.log = append(t.log, chat.LogEntry{At: t.now, Check: check, Verdict: verdict, Reason: reason, Values: values})
}

// scope is what conditions and texts read at this moment.
func (t *turn) scope() expr.Scope {
	if t.surroundings == nil {
		scope := StartScope(t.run.Trigger, t.run.Vars, t.world, t.now)
		t.surroundings = &scope
	}
	scope := *t.surroundings
	scope.Trigger, scope.Vars = t.run.Trigger, t.run.Vars
	scope.Steps = make(map[string]any, len(t.run.Outputs))
	for id, output := range t.run.Outputs {
		scope.Steps[id] = map[string]any{"output": output}
	}
	return scope
}
