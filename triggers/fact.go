package triggers

import (
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// Fact is one event in its surroundings, about to be held against flows. What conditions read is made once for all of them.
// It is not safe for concurrent use.
type Fact struct {
	event chat.Event
	world flows.World
	now   time.Time
	scope *expr.Scope
}

// NewFact makes a fact.
func NewFact(event chat.Event, w flows.World, now time.Time) *Fact {
	return &Fact{event: event, world: w, now: now}
}

// Start tells whether the event starts a flow, as [Match] does.
func (f *Fact) Start(flow *flows.Flow) (Start, bool, error) {
	if vars, matched := test(flow, f.event); matched {
		return Start{Vars: vars}, true, nil
	}
	var failed error
	for _, wanted := range flow.TriggersFor(string(f.event.Name)) {
		vars, matched := find(wanted.Event).Match(f.event, flow)
		if !matched || !onChannel(wanted, flow, f.event, f.world) {
			continue
		}
		holds, err := f.holds(wanted, vars)
		if err != nil {
			failed = err
		}
		if holds {
			return Start{NodeID: wanted.NodeID, Vars: vars}, true, nil
		}
	}
	return Start{}, false, failed
}

func (f *Fact) holds(wanted flows.TriggerWanted, vars map[string]any) (bool, error) {
	if wanted.If == nil {
		return true, nil
	}
	if f.scope == nil {
		scope := flows.StartScope(flows.TriggerPayload(&f.event, f.world), nil, f.world, f.now)
		f.scope = &scope
	}
	scope := *f.scope
	scope.Vars = vars
	holds, err := wanted.If.Eval(scope)
	if err != nil {
		return false, fault.Wrap(fault.CodeOf(err), err, "condição do gatilho %q", wanted.NodeID)
	}
	return holds, nil
}
