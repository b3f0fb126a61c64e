package nodes

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"retoma/flows"
	"retoma/internal/expr"
)

// Action asks for any registered action: {"action": "add-tag", "params": {"tag": "{{trigger.produto}}"}, "wait": true}.
// Texts in params may hold {{variables}}. With wait, or where the exit error is connected, the run waits for the result,
// which becomes the node's output.
type Action struct{}

type actionParams struct {
	Action string          `json:"action"`
	Params json.RawMessage `json:"params"`
	Wait   bool            `json:"wait"`
}

// Type is the name that authors write.
func (Action) Type() string { return "action" }

// Compile reads the parameters.
func (Action) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Exit(flows.Next, flows.ErrorExit)
	c.Speaks()
	var params actionParams
	if !c.Decode(&params) {
		return nil
	}
	if params.Action == "" {
		c.Required("action")
		return nil
	}
	if len(params.Params) == 0 {
		params.Params = json.RawMessage("{}")
	}
	c.Action("action", params.Action, "params", params.Params)
	var tree any
	if err := json.Unmarshal(params.Params, &tree); err != nil {
		c.Problem("params", "JSON inválido: %s", err)
	}
	if _, isObject := tree.(map[string]any); !isObject {
		c.Problem("params", "os parâmetros são um objeto")
	}
	return action{name: params.Action, params: compileTree(c, "params", tree, (*flows.Compiler).Template), waits: params.Wait || c.Connected(flows.ErrorExit)}
}

// compileTree puts a template in the place of every text.
func compileTree(c *flows.Compiler, field string, tree any, text compileText) any {
	switch tree := tree.(type) {
	case string:
		if strings.Contains(tree, "{{") {
			return text(c, field, tree)
		}
	case []any:
		for i, item := range tree {
			tree[i] = compileTree(c, fmt.Sprintf("%s[%d]", field, i), item, text)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			tree[name] = compileTree(c, strings.TrimPrefix(field+"."+name, "."), tree[name], text)
		}
	}
	return tree
}

// renderTree gives the tree with every template filled in; the compiled one is shared and stays as it is.
func renderTree(s *flows.Step, tree any, text renderText) (any, error) {
	switch tree := tree.(type) {
	case *expr.Template:
		return text(s, tree)
	case []any:
		rendered := make([]any, len(tree))
		for i, item := range tree {
			var err error
			if rendered[i], err = renderTree(s, item, text); err != nil {
				return nil, err
			}
		}
		return rendered, nil
	case map[string]any:
		rendered := make(map[string]any, len(tree))
		for name, item := range tree {
			var err error
			if rendered[name], err = renderTree(s, item, text); err != nil {
				return nil, err
			}
		}
		return rendered, nil
	}
	return tree, nil
}

type action struct {
	name   string
	params any
	waits  bool
}

func (a action) Run(s *flows.Step) (flows.Exit, error) {
	if result := s.Result(); result != nil {
		return outcome(s, result)
	}
	if !s.Arrived() {
		return flows.Stay, nil
	}
	params, err := renderTree(s, a.params, (*flows.Step).Render)
	if err != nil {
		return flows.Stay, err
	}
	if a.waits {
		return s.DoAndWait(a.name, params)
	}
	return flows.Next, s.Do(a.name, params)
}
