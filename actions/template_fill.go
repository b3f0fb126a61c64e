package actions

import (
	"maps"
	"slices"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// FillTemplate fills a template's variables by their names or from a list in the template's order, and gives it together with
// the text that the customer will read. A one-time code is repeated in its button. What is missing, too much or unfit is
// fault.TemplateParams naming the variable; a template that has a part which nobody here can fill is fault.TemplateNotFound.
func FillTemplate(t chat.Template, given Given) (*chat.FilledTemplate, string, error) {
	if t.Beyond != "" {
		return nil, "", beyond(t)
	}
	all := VariablesOf(t)
	values, err := assign(t, all, given)
	if err != nil {
		return nil, "", err
	}
	filled := &chat.FilledTemplate{Name: t.Name, Language: t.Language, Category: t.Category}
	main := fillPart(t, t.Main(), 0, all, values)
	filled.Header, filled.Body, filled.Buttons = main.Header, main.Body, main.Buttons
	for i, card := range t.Cards {
		filled.Cards = append(filled.Cards, fillPart(t, card, i+1, all, values))
	}
	if end, given := values["offer"]; given {
		at, err := time.Parse(time.RFC3339, end.Text)
		if err != nil {
			return nil, "", bad(t, "offer", "%s", end.fits(Variable{Kind: KindTime}))
		}
		filled.OfferEnds = at.UTC()
	}
	filled.Text = preview(t, *filled)
	if problem := CheckFilled(t, *filled); problem != nil {
		return nil, "", problem
	}
	return filled, filled.Text, nil
}

func beyond(t chat.Template) *fault.Error {
	return fault.New(fault.TemplateNotFound, "o template %q tem %s, que ainda não é possível preencher por aqui: use outro template", t.Name, t.Beyond)
}

// MatchVariables tells whether named values or a list of them are those that a template needs, whatever they are: for flows
// that are saved before their values exist. The error is that of [FillTemplate].
func MatchVariables(t chat.Template, names []string, listed int) error {
	if t.Beyond != "" {
		return beyond(t)
	}
	given := Given{Named: map[string]Value{}}
	for _, name := range names {
		given.Named[name] = Value{Text: "x"}
	}
	for range listed {
		given.List = append(given.List, Value{Text: "x"})
	}
	_, err := named(t, VariablesOf(t), given)
	return err
}

// assign gives every variable its value, and refuses values that are not of the variable's kind.
func assign(t chat.Template, all []Variable, given Given) (map[string]Value, error) {
	values, err := named(t, all, given)
	if err != nil {
		return nil, err
	}
	for _, variable := range all {
		value, has := values[variable.Name]
		if !has {
			continue
		}
		if problem := value.fits(variable); problem != "" {
			return nil, bad(t, variable.Name, "%s", problem)
		}
	}
	return values, nil
}

// named gives every variable the value of its name or place.
func named(t chat.Template, all []Variable, given Given) (map[string]Value, error) {
	values, wanted := map[string]Value{}, needed(all)
	for _, written := range slices.Sorted(maps.Keys(given.Named)) {
		name := canonical(written, all)
		if _, twice := values[name]; twice {
			return nil, bad(t, name, "veio duas vezes")
		}
		values[name] = given.Named[written]
	}
	position := 0
	for _, variable := range wanted {
		if _, has := values[variable.Name]; !has && position < len(given.List) {
			values[variable.Name] = given.List[position]
			position++
		}
	}
	if position < len(given.List) {
		return nil, fault.New(fault.TemplateParams, "o template %q tem %d variáveis, e vieram %d valores", t.Name, len(wanted), len(given.List))
	}
	for _, variable := range wanted {
		if value := values[variable.Name]; value.empty() {
			problem := bad(t, variable.Name, "")
			problem.Message = "falta o valor da variável \"" + variable.Name + "\" do template \"" + t.Name + "\""
			return nil, problem
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(all, func(v Variable) bool { return v.Name == name }) {
			problem := bad(t, name, "")
			problem.Message = "o template \"" + t.Name + "\" não tem a variável \"" + name + "\""
			return nil, problem
		}
	}
	return values, nil
}

// canonical lets callers write a header's only variable by its bare name where the body has none of that name.
func canonical(name string, all []Variable) string {
	for _, variable := range all {
		if variable.Name == name {
			return name
		}
	}
	for _, variable := range all {
		if variable.Part == "header" && variable.Name == "header."+name {
			return variable.Name
		}
	}
	return name
}

func fillPart(t chat.Template, part chat.TemplatePart, card int, all []Variable, values map[string]Value) chat.FilledPart {
	var filled chat.FilledPart
	for _, variable := range all {
		if variable.card != card {
			continue
		}
		value, given := values[variable.Name]
		given = given && !value.empty()
		switch {
		case variable.Part == "header":
			filled.Header = append(filled.Header, headerParameter(t, variable, value))
		case variable.Part == "body":
			filled.Body = append(filled.Body, chat.Parameter{Name: nameIn(t, variable), Text: value.Text, Money: value.Money, Date: value.Date})
		case variable.Part == "button" && (given || variable.Kind == KindFlow):
			filled.Buttons = append(filled.Buttons, buttonParameter(variable, part.Buttons[variable.button], value))
		}
	}
	for i, button := range part.Buttons {
		if repeatsCode(t, button) && len(filled.Body) > 0 {
			filled.Buttons = append(filled.Buttons, chat.ButtonParameter{Index: i, SubType: "url", Text: filled.Body[0].Text})
		}
	}
	return filled
}

func nameIn(t chat.Template, variable Variable) string {
	if !t.Named {
		return ""
	}
	return variable.key
}

func headerParameter(t chat.Template, variable Variable, value Value) chat.Parameter {
	switch variable.Kind {
	case KindText:
		return chat.Parameter{Name: nameIn(t, variable), Text: value.Text}
	case KindLocation:
		place, _ := value.place()
		return chat.Parameter{Type: chat.Location, Place: place}
	}
	return chat.Parameter{Type: chat.ContentType(variable.Kind), Media: value.media()}
}

func buttonParameter(variable Variable, button chat.TemplateButton, value Value) chat.ButtonParameter {
	filled := chat.ButtonParameter{Index: variable.button, Text: value.Text}
	switch variable.Kind {
	case KindSuffix:
		filled.SubType = "url"
	case KindPayload:
		filled.SubType = "quick_reply"
	case KindCode:
		filled.SubType = "copy_code"
	case KindFlow:
		filled.SubType, filled.Data = "flow", value.Data
	case KindProducts:
		filled.SubType = strings.ToLower(button.Type)
		filled.Shelf, _ = value.shelf()
		filled.Text = ""
	}
	return filled
}
