package nodes

import "retoma/flows"

// End finishes the run: {"reason": "..."}; the reason is shown with the run.
type End struct{}

type endParams struct {
	Reason string `json:"reason"`
}

// Type is the name that authors write.
func (End) Type() string { return "end" }

// Compile reads the parameters.
func (End) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	var params endParams
	c.Decode(&params)
	return end(params)
}

type end endParams

func (e end) Run(s *flows.Step) (flows.Exit, error) { return s.End(e.Reason), nil }
