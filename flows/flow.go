package flows

import (
	"slices"

	"retoma/internal/expr"
)

// Flow is a compiled definition: what runs walk. It is immutable once it is shared, and safe for many goroutines.
type Flow struct {
	// ID and Version name the document it was compiled from. Whoever compiled it sets them before sharing it.
	ID      string
	Version int

	definition Definition
	triggers   []TriggerWanted
	nodes      map[string]*compiledNode
	// order is the author's order of the steps.
	order  []string
	exitIf *expr.Condition
	stopIf *expr.Condition
}

type compiledNode struct {
	NodeDefinition
	node Node
	// begins marks trigger nodes.
	begins bool
}

// target is the node that an exit leads to; empty when the run ends there.
func (n *compiledNode) target(exit Exit) string {
	if exit == Next {
		return n.Next
	}
	return n.Exits[string(exit)]
}

// Definition is what the flow was compiled from.
func (f *Flow) Definition() Definition { return f.definition }

// Triggers lists what starts the flow, in the author's order.
func (f *Flow) Triggers() []TriggerWanted { return slices.Clone(f.triggers) }

// TriggersFor lists the triggers that wait for an event, in the author's order.
func (f *Flow) TriggersFor(event string) []TriggerWanted {
	var found []TriggerWanted
	for _, trigger := range f.triggers {
		if trigger.Event == event {
			found = append(found, trigger)
		}
	}
	return found
}

// Steps lists the ids of all nodes in the author's order.
func (f *Flow) Steps() []string { return slices.Clone(f.order) }

// Step finds a node's definition.
func (f *Flow) Step(id string) (NodeDefinition, bool) {
	node, known := f.nodes[id]
	if !known {
		return NodeDefinition{}, false
	}
	return node.NodeDefinition, true
}

// begin chooses the trigger node at which a run begins: the wanted one, else the first for the event, else the first.
func (f *Flow) begin(wanted, event string) string {
	if node, known := f.nodes[wanted]; known && node.begins {
		return wanted
	}
	if matching := f.TriggersFor(event); len(matching) > 0 {
		return matching[0].NodeID
	}
	return f.triggers[0].NodeID
}

// after finds the step at which a run goes on whose own step was deleted: the first one not yet visited that stands,
// in the author's present order, after the last visited step that still exists. Empty: none.
func (f *Flow) after(visited []string) string {
	position := -1
	for i := len(visited) - 1; i >= 0 && position < 0; i-- {
		position = slices.Index(f.order, visited[i])
	}
	for _, id := range f.order[position+1:] {
		if !slices.Contains(visited, id) && !f.nodes[id].begins {
			return id
		}
	}
	return ""
}
