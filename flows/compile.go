package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"retoma/internal/expr"
	"retoma/internal/fault"
)

// maxNodes bounds a definition.
const maxNodes = 200

// Compile turns a definition into a flow, or tells every mistake in it at once ([Problems]).
func Compile(definition Definition, kinds Kinds) (*Flow, error) {
	b := &builder{
		kinds: kinds,
		flow:  &Flow{definition: definition, nodes: map[string]*compiledNode{}},
	}
	b.header()
	if b.size() {
		for i := range definition.Nodes {
			b.node(i)
		}
		b.graph()
	}
	if err := b.problems.orNil(); err != nil {
		return nil, err
	}
	return b.flow, nil
}

type builder struct {
	kinds    Kinds
	flow     *Flow
	problems Problems
	// steps are the nodes by place; nil where the type is unknown.
	steps []*Compiler
}

func (b *builder) report(path, format string, args ...any) {
	b.problems = append(b.problems, fault.Field(path, format, args...))
}

func (b *builder) header() {
	definition := b.flow.definition
	if !slices.Contains([]OnReply{"", ReplyContinue, ReplyStop, ReplyRestart}, definition.OnReply) {
		b.report("onReply", "use continue, stop ou restart")
	}
	if !slices.Contains([]string{"", "continue", "stop"}, definition.OnHuman) {
		b.report("onHuman", "use continue ou stop")
	}
	if !slices.Contains([]string{"", "continue", "restart"}, definition.OnOutbound) {
		b.report("onOutbound", "use continue ou restart")
	}
	if !slices.Contains([]string{"", "ignore", "restart"}, definition.Again) {
		b.report("again", "use ignore ou restart")
	}
	if definition.Rearm && (definition.OnReply != ReplyStop || definition.OnOutbound != "restart") {
		b.report("rearm", "só vale com onReply stop e onOutbound restart")
	}
	b.flow.exitIf = b.condition("exitIf", definition.ExitIf)
	b.flow.stopIf = b.condition("stopIf", definition.StopIf)
}

func (b *builder) condition(path, source string) *expr.Condition {
	if strings.TrimSpace(source) == "" {
		return nil
	}
	condition, err := expr.CompileCondition(source)
	if err != nil {
		b.report(path, "%s", fault.Of(err).Message)
		return nil
	}
	return condition
}

// size refuses what is too large to look at more closely.
func (b *builder) size() bool {
	nodes := b.flow.definition.Nodes
	if len(nodes) > maxNodes {
		b.report("nodes", "nós demais: %d, no máximo %d", len(nodes), maxNodes)
		return false
	}
	total := 0
	for _, node := range nodes {
		total += len(node.ID) + len(node.Type) + len(node.With) + len(node.Next)
		for exit, target := range node.Exits {
			total += len(exit) + len(target)
		}
	}
	if total > maxDefinitionBytes {
		b.problems = append(b.problems, tooLong())
		return false
	}
	return true
}

// nodeName is what may stand in steps.<node>.output and in a path.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (b *builder) node(i int) {
	definition := b.flow.definition.Nodes[i]
	path := fmt.Sprintf("nodes[%d]", i)
	b.steps = append(b.steps, nil)
	b.id(path, definition.ID)
	kind, known := b.kinds.Nodes.Lookup(definition.Type)
	switch {
	case definition.Type == "":
		b.problems = append(b.problems, fault.Required(path+".type"))
		return
	case !known:
		b.report(path+".type", "tipo desconhecido: %q", definition.Type)
		return
	}
	compiler := &Compiler{path: path, node: definition, kinds: b.kinds, problems: &b.problems}
	node := kind.Compile(definition, compiler)
	b.steps[i] = compiler
	if compiler.trigger != nil {
		b.flow.triggers = append(b.flow.triggers, *compiler.trigger)
	}
	b.flow.order = append(b.flow.order, definition.ID)
	b.flow.nodes[definition.ID] = &compiledNode{NodeDefinition: definition, node: node, begins: compiler.trigger != nil}
}

func (b *builder) id(path, id string) {
	switch {
	case id == "":
		b.problems = append(b.problems, fault.Required(path+".id"))
	case !nodeName.MatchString(id):
		b.report(path+".id", "use de 1 a 64 letras sem acento, números, - e _")
	default:
		for _, earlier := range b.flow.definition.Nodes[:len(b.steps)-1] {
			if earlier.ID == id {
				b.report(path+".id", "id repetido: %q", id)
				return
			}
		}
	}
}
