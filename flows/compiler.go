package flows

import (
	"encoding/json"
	"fmt"
	"strings"

	"retoma/internal/expr"
	"retoma/internal/fault"
)

// Compiler is what a [Kind] compiles one step with: it reads parameters, declares exits and collects mistakes.
type Compiler struct {
	path     string // nodes[3]
	node     NodeDefinition
	kinds    Kinds
	problems *Problems

	exits    []string
	required []string
	waits    bool
	speaks   bool
	trigger  *TriggerWanted
}

// Decode reads the step's parameters; false if they were refused, with the mistakes reported.
func (c *Compiler) Decode(into any) bool {
	err := DecodeStrict(c.path+".with", c.node.With, into)
	*c.problems = append(*c.problems, AsProblems(err)...)
	return err == nil
}

// Problem reports a mistake in a parameter, such as "text" or "cases[0].if"; an empty field means the parameters as a whole.
func (c *Compiler) Problem(field, format string, args ...any) {
	c.report(join(c.path+".with", field), fmt.Sprintf(format, args...))
}

// Required reports a missing parameter.
func (c *Compiler) Required(field string) {
	*c.problems = append(*c.problems, fault.Required(join(c.path+".with", field)))
}

func (c *Compiler) report(path, message string) {
	*c.problems = append(*c.problems, fault.Field(path, "%s", message))
}

// Condition compiles a parameter that holds an expr condition; nil for an empty or bad one.
func (c *Compiler) Condition(field, source string) *expr.Condition {
	if strings.TrimSpace(source) == "" {
		return nil
	}
	condition, err := expr.CompileCondition(source)
	if err != nil {
		c.Problem(field, "%s", fault.Of(err).Message)
		return nil
	}
	return condition
}

// Template compiles a parameter that holds a text with {{variables}}; nil for an empty or bad one.
func (c *Compiler) Template(field, source string) *expr.Template {
	if source == "" {
		return nil
	}
	template, err := expr.CompileTemplate(source)
	if err != nil {
		c.Problem(field, "%s", fault.Of(err).Message)
		return nil
	}
	return template
}

// Exit declares an exit that the author may leave unconnected: the run then ends there.
func (c *Compiler) Exit(names ...Exit) {
	for _, name := range names {
		c.exits = append(c.exits, string(name))
	}
}

// RequireExit declares exits that must lead somewhere.
func (c *Compiler) RequireExit(names ...Exit) {
	c.Exit(names...)
	for _, name := range names {
		c.required = append(c.required, string(name))
	}
}

// Connected tells whether the author connected an exit.
func (c *Compiler) Connected(name Exit) bool {
	if name == Next {
		return c.node.Next != ""
	}
	return c.node.Exits[string(name)] != ""
}

// Waits declares that a run always spends time here: a loop needs such a node.
func (c *Compiler) Waits() { c.waits = true }

// Speaks declares that the step sends messages that are no follow-ups.
func (c *Compiler) Speaks() { c.speaks = true }

// Trigger declares that runs begin here.
func (c *Compiler) Trigger(wanted TriggerWanted) {
	wanted.NodeID = c.node.ID
	c.trigger = &wanted
}

// Action checks that an action is registered and, when its parameters are given and hold no variables, that it accepts
// them.
func (c *Compiler) Action(nameField, name, paramsField string, params json.RawMessage) {
	if c.kinds.Actions == nil {
		return
	}
	action, known := c.kinds.action(name)
	if !known {
		c.Problem(nameField, "ação desconhecida: %q", name)
		return
	}
	if action.Check == nil || params == nil || strings.Contains(string(params), "{{") {
		return
	}
	for _, problem := range AsProblems(action.Check(params)) {
		c.Problem(join(paramsField, problem.Field), "%s", problem.Message)
	}
}
