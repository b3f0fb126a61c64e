package actions

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// placeholder is a template's variable: {{1}} or {{nome}}.
var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// Variable is one variable that a template needs.
type Variable struct {
	// Name is how callers give its value: "1" or "nome" for the body, "header.1" for the header, "button.0" for a button's link.
	Name string `json:"name"`
	// Part is "header", "body" or "button".
	Part string `json:"part"`
}

// VariablesOf lists what a template needs, in its own order: header, body, buttons (providers.md section 1.8).
func VariablesOf(t chat.Template) []Variable {
	var needed []Variable
	switch t.HeaderType {
	case "TEXT":
		for _, name := range placeholders(t.HeaderText, t.Named) {
			needed = append(needed, Variable{Name: "header." + name, Part: "header"})
		}
	case "IMAGE", "VIDEO", "DOCUMENT":
		needed = append(needed, Variable{Name: "header", Part: "header"})
	}
	for _, name := range placeholders(t.BodyText, t.Named) {
		needed = append(needed, Variable{Name: name, Part: "body"})
	}
	for i, button := range t.Buttons {
		if button.Type == "URL" && placeholder.MatchString(button.URL) {
			needed = append(needed, Variable{Name: "button." + strconv.Itoa(i), Part: "button"})
		}
	}
	return needed
}

// placeholders lists a text's variables once each: names as they appear, positions by their number, because the provider
// gives the first value to {{1}} wherever that stands.
func placeholders(text string, named bool) []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, match[1]) {
			names = append(names, match[1])
		}
	}
	if !named {
		slices.SortStableFunc(names, byNumber)
	}
	return names
}

// byNumber orders the numbers of positional variables, which have no leading zeros.
func byNumber(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// FillTemplate fills a template's variables from names or from a list in the template's order (header, body, buttons), and
// gives it together with the text that the customer will read. A media header takes its link from headerMedia or from the
// variable "header". What is missing, too much or unfit is fault.TemplateParams naming the variable.
func FillTemplate(t chat.Template, named map[string]string, list []string, headerMedia *chat.Media) (*chat.FilledTemplate, string, error) {
	needed := VariablesOf(t)
	values, err := assign(t, needed, named, list, headerMedia)
	if err != nil {
		return nil, "", err
	}
	filled := &chat.FilledTemplate{Name: t.Name, Language: t.Language, Category: t.Category}
	for _, variable := range needed {
		place(t, filled, variable, values[variable.Name], headerMedia)
	}
	filled.Text = preview(t, values)
	if problem := CheckFilled(t, *filled); problem != nil {
		return nil, "", problem
	}
	return filled, filled.Text, nil
}

// assign gives every needed variable its value.
func assign(t chat.Template, needed []Variable, named map[string]string, list []string, media *chat.Media) (map[string]string, error) {
	values := map[string]string{}
	for _, given := range slices.Sorted(maps.Keys(named)) {
		name := canonical(given, needed)
		if _, twice := values[name]; twice {
			return nil, fault.New(fault.TemplateParams, "a variável %q do template %q veio duas vezes", name, t.Name)
		}
		values[name] = named[given]
	}
	position := 0
	for _, variable := range needed {
		if variable.Name == "header" && media != nil {
			values["header"] = media.Link + media.ID
			continue
		}
		if list != nil && position < len(list) {
			values[variable.Name] = list[position]
			position++
		}
	}
	if position < len(list) {
		return nil, fault.New(fault.TemplateParams, "o template %q tem %d variáveis, e vieram %d valores", t.Name, len(needed), len(list))
	}
	for _, variable := range needed {
		if strings.TrimSpace(values[variable.Name]) == "" {
			return nil, fault.New(fault.TemplateParams, "falta o valor da variável %q do template %q", variable.Name, t.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(needed, func(v Variable) bool { return v.Name == name }) {
			return nil, fault.New(fault.TemplateParams, "o template %q não tem a variável %q", t.Name, name)
		}
	}
	return values, nil
}

// canonical lets callers write a header's or button's only variable by its bare name where the body has none of that name.
func canonical(name string, needed []Variable) string {
	for _, variable := range needed {
		if variable.Name == name {
			return name
		}
	}
	for _, variable := range needed {
		if variable.Part == "header" && variable.Name == "header."+name {
			return variable.Name
		}
	}
	return name
}

func place(t chat.Template, filled *chat.FilledTemplate, variable Variable, value string, media *chat.Media) {
	name := ""
	if t.Named {
		name = strings.TrimPrefix(variable.Name, "header.")
	}
	switch variable.Part {
	case "header":
		filled.Header = append(filled.Header, headerParameter(t, variable, name, value, media))
	case "body":
		filled.Body = append(filled.Body, chat.Parameter{Name: name, Text: value})
	case "button":
		index, err := strconv.Atoi(strings.TrimPrefix(variable.Name, "button."))
		if err != nil {
			panic("a button variable without its number: " + variable.Name)
		}
		filled.Buttons = append(filled.Buttons, chat.ButtonParameter{Index: index, SubType: "url", Text: value})
	}
}

func headerParameter(t chat.Template, variable Variable, name, value string, media *chat.Media) chat.Parameter {
	if variable.Name != "header" {
		return chat.Parameter{Name: name, Text: value}
	}
	if media == nil {
		media = &chat.Media{Link: value}
	}
	return chat.Parameter{Type: chat.ContentType(strings.ToLower(t.HeaderType)), Media: media}
}

// preview is the text as the customer will read it.
func preview(t chat.Template, values map[string]string) string {
	var parts []string
	if t.HeaderType == "TEXT" && t.HeaderText != "" {
		parts = append(parts, substitute(t.HeaderText, "header.", values))
	}
	parts = append(parts, substitute(t.BodyText, "", values))
	if t.FooterText != "" {
		parts = append(parts, t.FooterText)
	}
	return strings.Join(parts, "\n\n")
}

func substitute(text, prefix string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		return values[prefix+placeholder.FindStringSubmatch(found)[1]]
	})
}
