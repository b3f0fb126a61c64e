package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"retoma/flows"
	"retoma/internal/expr"
)

// templateParams is an approved template as authors write it: {"name": "lembrete", "language": "pt_BR", "variables":
// {"1": "{{contact.first_name}}"}}; variables may be a list too, and language is pt_BR if it is not given.
type templateParams struct {
	Name      string          `json:"name"`
	Language  string          `json:"language"`
	Variables flows.Variables `json:"variables"`
}

// template is an approved template whose variables are to be filled in.
type template struct {
	name, language string
	named          map[string]*expr.Template
	list           []*expr.Template
}

// compileTemplate reads a template; nameField and field are the names of its name and of itself in the parameters.
func compileTemplate(c *flows.Compiler, params templateParams, nameField, field string) *template {
	if strings.TrimSpace(params.Name) == "" {
		c.Required(nameField)
	}
	compiled := &template{name: params.Name, language: params.Language}
	if compiled.language == "" {
		compiled.language = flows.DefaultLanguage
	}
	if params.Variables.Named != nil {
		compiled.named = map[string]*expr.Template{}
	}
	for _, name := range slices.Sorted(maps.Keys(params.Variables.Named)) {
		compiled.named[name] = variable(c, field+"."+name, params.Variables.Named[name])
	}
	for i, value := range params.Variables.List {
		compiled.list = append(compiled.list, variable(c, fmt.Sprintf("%s[%d]", field, i), value))
	}
	return compiled
}

func variable(c *flows.Compiler, field, value string) *expr.Template {
	if strings.TrimSpace(value) == "" {
		c.Required(field)
	}
	return spoken(c, field, value)
}

// render fills in the variables.
func (t *template) render(s *flows.Step) (*flows.TemplateWanted, error) {
	wanted := &flows.TemplateWanted{Name: t.name, Language: t.language}
	if t.named != nil {
		wanted.Variables.Named = make(map[string]string, len(t.named))
	}
	for name, value := range t.named {
		text, err := say(s, value)
		if err != nil {
			return nil, err
		}
		wanted.Variables.Named[name] = text
	}
	for _, value := range t.list {
		text, err := say(s, value)
		if err != nil {
			return nil, err
		}
		wanted.Variables.List = append(wanted.Variables.List, text)
	}
	return wanted, nil
}
