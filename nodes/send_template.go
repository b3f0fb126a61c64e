package nodes

import "retoma/flows"

// SendTemplate sends an approved template: {"template": "lembrete", "language": "pt_BR", "variables": {"1": "..."}}.
// variables are an object or a list of texts with {{variables}}; they are checked against the template when it is sent.
// The exits are those of SendMessage.
type SendTemplate struct{}

type sendTemplateParams struct {
	Template  string          `json:"template"`
	Language  string          `json:"language"`
	Variables flows.Variables `json:"variables"`
}

// Type is the name that authors write.
func (SendTemplate) Type() string { return "send_template" }

// Compile reads the parameters.
func (SendTemplate) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Exit(flows.Next, flows.ErrorExit)
	c.Speaks()
	var params sendTemplateParams
	if !c.Decode(&params) {
		return nil
	}
	c.Action("", flows.SendTemplate, "", nil)
	wanted := templateParams{Name: params.Template, Language: params.Language, Variables: params.Variables}
	compiled := compileTemplate(c, wanted, "template", "variables")
	return send{action: flows.SendTemplate, waits: c.Connected(flows.ErrorExit), template: compiled}
}
