package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// Form is what a flow button opens: the questions of a Flow whose JSON came with its template. Of any other Flow, which lives at
// Meta, the sandbox knows no questions, and its phone page asks for names and values.
type Form struct {
	Title  string      `json:"title,omitempty"`
	Fields []FormField `json:"fields,omitempty"`
}

// FormField is one question. Kind is text, long, number, date, choice, choices or yes.
type FormField struct {
	Name     string       `json:"name"`
	Label    string       `json:"label,omitempty"`
	Kind     string       `json:"kind"`
	Required bool         `json:"required,omitempty"`
	Options  []FormOption `json:"options,omitempty"`
}

// FormOption is one answer to choose.
type FormOption struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// formKinds are the components of Flow JSON that ask something (Meta's page "Flow JSON", components).
var formKinds = map[string]string{"TextInput": "text", "TextArea": "long", "DatePicker": "date", "CalendarPicker": "date",
	"Dropdown": "choice", "RadioButtonsGroup": "choice", "CheckboxGroup": "choices", "ChipsSelector": "choices", "OptIn": "yes"}

// flowNode is a part of a Flow's JSON: a screen, its layout, or a component.
type flowNode struct {
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Label     json.RawMessage `json:"label"`
	Title     json.RawMessage `json:"title"`
	InputType string          `json:"input-type"`
	Required  json.RawMessage `json:"required"`
	Options   json.RawMessage `json:"data-source"`
	Screens   []flowNode      `json:"screens"`
	Layout    *flowNode       `json:"layout"`
	Children  []flowNode      `json:"children"`
	Then      []flowNode      `json:"then"`
	Else      []flowNode      `json:"else"`
}

// deepestForm bounds how deep a Flow's JSON is followed.
const deepestForm = 16

// formOf reads the questions of all screens in their order; what cannot be read asks nothing.
func formOf(document string) *Form {
	form := &Form{}
	var root flowNode
	if document == "" || json.Unmarshal([]byte(document), &root) != nil {
		return form
	}
	if len(root.Screens) > 0 {
		form.Title = writtenText(root.Screens[0].Title)
	}
	form.add(root, deepestForm)
	return form
}

func (f *Form) add(node flowNode, depth int) {
	if depth == 0 {
		return
	}
	if kind := formKinds[node.Type]; kind != "" && node.Name != "" && !slices.ContainsFunc(f.Fields, func(known FormField) bool { return known.Name == node.Name }) {
		f.Fields = append(f.Fields, node.field(kind))
	}
	if node.Layout != nil {
		f.add(*node.Layout, depth-1)
	}
	for _, inner := range slices.Concat(node.Screens, node.Children, node.Then, node.Else) {
		f.add(inner, depth-1)
	}
}

func (n flowNode) field(kind string) FormField {
	field := FormField{Name: n.Name, Label: writtenText(n.Label), Kind: kind, Required: string(n.Required) == "true"}
	if n.Type == "TextInput" && n.InputType == "number" {
		field.Kind = "number"
	}
	// Options that come from the business's server are unknown here.
	if json.Unmarshal(n.Options, &field.Options) != nil {
		field.Options = nil
	}
	if strings.HasPrefix(field.Kind, "choice") && len(field.Options) == 0 {
		field.Kind = "text"
	}
	return field
}

// writtenText reads a text; one that is computed by the Flow is none.
func writtenText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil || strings.Contains(text, "${") {
		return ""
	}
	return text
}
