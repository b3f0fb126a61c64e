package nodes

import (
	"fmt"
	"regexp"

	"retoma/flows"
	"retoma/internal/expr"
)

// Branch goes one of several ways: {"cases": [{"if": "...", "exit": "orcamento"}], "else": "outro"} takes the exit of the
// first condition that is true, else the exit named by else ("else" if it is not named); {"if": "..."} alone has the
// exits yes and no. The exits of cases, and yes, must be connected; a run ends at one that is not.
type Branch struct{}

type branchParams struct {
	If    string       `json:"if"`
	Cases []branchCase `json:"cases"`
	Else  string       `json:"else"`
}

type branchCase struct {
	If   string `json:"if"`
	Exit string `json:"exit"`
}

const maxCases = 50

// Type is the name that authors write.
func (Branch) Type() string { return "branch" }

// Compile reads the parameters.
func (Branch) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Exit(flows.ErrorExit)
	var params branchParams
	if !c.Decode(&params) {
		return nil
	}
	switch {
	case params.If != "" && len(params.Cases) > 0:
		c.Problem("", "use if ou cases, não os dois")
		return nil
	case params.If != "":
		c.RequireExit("yes")
		c.Exit("no")
		if params.Else != "" {
			c.Problem("else", "else acompanha cases; com if as saídas são yes e no")
		}
		return branch{ways: []way{{c.Condition("if", params.If), "yes"}}, otherwise: "no"}
	case len(params.Cases) == 0:
		c.Required("cases")
		return nil
	}
	return compileCases(params, c)
}

func compileCases(params branchParams, c *flows.Compiler) flows.Node {
	if len(params.Cases) > maxCases {
		c.Problem("cases", "casos demais: no máximo %d", maxCases)
		return nil
	}
	compiled := branch{otherwise: "else"}
	if params.Else != "" && exitName(c, "else", params.Else) {
		compiled.otherwise = flows.Exit(params.Else)
	}
	c.Exit(compiled.otherwise)
	for i, item := range params.Cases {
		field := fmt.Sprintf("cases[%d].", i)
		if item.If == "" {
			c.Required(field + "if")
		}
		if exitName(c, field+"exit", item.Exit) {
			c.RequireExit(flows.Exit(item.Exit))
		}
		compiled.ways = append(compiled.ways, way{c.Condition(field+"if", item.If), flows.Exit(item.Exit)})
	}
	return compiled
}

var exitPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func exitName(c *flows.Compiler, field, name string) bool {
	switch {
	case name == "":
		c.Required(field)
	case name == string(flows.Next) || name == string(flows.ErrorExit):
		c.Problem(field, "%q é o nome de outra saída; escolha outro", name)
	case !exitPattern.MatchString(name):
		c.Problem(field, "use de 1 a 64 letras sem acento, números, - e _")
	default:
		return true
	}
	return false
}

type branch struct {
	ways      []way
	otherwise flows.Exit
}

type way struct {
	condition *expr.Condition
	exit      flows.Exit
}

func (b branch) Run(s *flows.Step) (flows.Exit, error) {
	for _, way := range b.ways {
		holds, err := s.Eval(way.condition)
		if err != nil {
			return flows.Stay, err
		}
		if holds {
			return b.take(s, way.exit), nil
		}
	}
	return b.take(s, b.otherwise), nil
}

func (b branch) take(s *flows.Step, exit flows.Exit) flows.Exit {
	s.Output(map[string]any{"exit": string(exit)})
	s.Log("branch", string(exit), "", nil)
	return exit
}
