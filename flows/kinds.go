package flows

import (
	"encoding/json"

	"retoma/internal/expr"
)

// Kind is one type of node: how it reads its parameters.
type Kind interface {
	// Type is the name that authors write, such as "delay".
	Type() string
	// Compile reads one step's parameters and declares its exits to the compiler, which collects every mistake.
	// What it gives is not used when it reported a mistake; it may be nil then.
	Compile(NodeDefinition, *Compiler) Node
}

// Node is one compiled step. It is immutable: everything that changes is in the [Step] and its run.
type Node interface {
	// Run decides what happens on arrival and for each input the run was waiting for.
	// An error is what the author's flow could not do (a missing value, a condition that fails); the engine leaves by
	// the exit "error" if the author connected one, else the run is broken.
	Run(*Step) (Exit, error)
}

// Exit is the way by which a run leaves a node, or one of the two marks below.
type Exit string

// The exits that the engine itself knows. An author cannot write the two in parentheses.
const (
	Next      Exit = "next"
	ErrorExit Exit = "error"
	// Stay keeps the run at the node; the node has said what it waits for.
	Stay Exit = "(stay)"
	// Done finishes the run.
	Done Exit = "(done)"
)

// NodeList finds the types of nodes.
type NodeList interface {
	Lookup(nodeType string) (Kind, bool)
}

type kindsByType map[string]Kind

// NewNodeList makes a list of kinds. Two of one type are a programming error and panic.
func NewNodeList(kinds []Kind) NodeList {
	list := make(kindsByType, len(kinds))
	for _, kind := range kinds {
		if _, taken := list[kind.Type()]; taken {
			panic("flows: two kinds of node are called " + kind.Type())
		}
		list[kind.Type()] = kind
	}
	return list
}

// Lookup finds a kind.
func (l kindsByType) Lookup(nodeType string) (Kind, bool) {
	kind, known := l[nodeType]
	return kind, known
}

// ActionDescription is what compilation needs to know of a registered action.
type ActionDescription struct {
	Name string
	// Check reads parameters that hold no {{variables}}; nil accepts all. Its errors have paths inside the parameters.
	Check func(params json.RawMessage) error
}

// Kinds is everything that a definition may refer to.
type Kinds struct {
	Nodes NodeList
	// Actions are the registered actions; nil leaves their names unchecked.
	Actions []ActionDescription
}

func (k Kinds) action(name string) (ActionDescription, bool) {
	for _, action := range k.Actions {
		if action.Name == name {
			return action, true
		}
	}
	return ActionDescription{}, false
}

// TriggerWanted is what one trigger node waits for.
type TriggerWanted struct {
	NodeID string
	// Event is the event's name, such as "message.received" or a platform's own.
	Event string
	// Channel limits it to one channel's id; empty means every channel of the flow.
	Channel string
	// If, when not nil, must be true over the scope that the run would begin with.
	If *expr.Condition
}
