package sandbox

import (
	"strings"
	"unicode/utf8"
)

// TemplateView is a template as the customer sees it, with its variables filled.
type TemplateView struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Category string `json:"category"`
	// HeaderFormat is TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION; the file or place stands in the message.
	HeaderFormat string `json:"headerFormat,omitempty"`
	Header       string `json:"header,omitempty"`
	Body         string `json:"body"`
	Footer       string `json:"footer,omitempty"`
}

// filled is a template whose parameters were all right.
type filled struct {
	view    TemplateView
	media   *Media
	buttons []Button
	// location is that of the header.
	location *Location
}

// fill checks a send against the template's definition and puts the parameters in (providers.md 1.2, 132000 to 132018).
func (c *compiledTemplate) fill(send *templateSend) (*filled, *graphError) {
	out := &filled{view: TemplateView{Name: c.Name, Language: c.Language, Category: c.Category, HeaderFormat: c.headerFormat, Footer: c.footer}}
	var header, body *sendComponent
	var buttons []sendComponent
	for i := range send.Components {
		component := &send.Components[i]
		switch component.Type {
		case "header":
			header = component
		case "body":
			body = component
		default:
			buttons = append(buttons, *component)
		}
	}
	if refused := c.fillHeader(out, header); refused != nil {
		return nil, refused
	}
	values, refused := c.values("body", c.bodyVars, body)
	if refused != nil {
		return nil, refused
	}
	out.view.Body = substitute(c.body, values)
	if utf8.RuneCountInString(out.view.Body) > 1024 {
		return nil, refuse(132005, "body: translated text too long (%d characters, at most 1024)", utf8.RuneCountInString(out.view.Body))
	}
	return out, c.fillButtons(out, buttons)
}

func (c *compiledTemplate) fillHeader(out *filled, component *sendComponent) *graphError {
	switch c.headerFormat {
	case "":
		if component != nil {
			return refuse(132018, "header: the template has no header")
		}
		return nil
	case "TEXT":
		values, refused := c.values("header", c.headerVars, component)
		out.view.Header = substitute(c.header, values)
		return refused
	case "IMAGE", "VIDEO", "DOCUMENT":
		return c.fillMedia(out, component)
	}
	return c.fillLocation(out, component)
}

func (c *compiledTemplate) fillLocation(out *filled, component *sendComponent) *graphError {
	if component == nil || len(component.Parameters) != 1 || component.Parameters[0].Type != "location" {
		return refuse(132012, "header: Format mismatch, expected %s, received UNKNOWN", c.headerFormat)
	}
	var place outgoing
	// Within a template Meta takes the numbers as texts, too; the reader of sent places does as well.
	if refused := place.decodeLocation(component.Parameters[0].Location); refused != nil {
		return refused
	}
	out.location = place.location
	return nil
}

func (c *compiledTemplate) fillMedia(out *filled, component *sendComponent) *graphError {
	if component == nil || len(component.Parameters) == 0 {
		return refuse(132012, "header: Format mismatch, expected %s, received UNKNOWN", c.headerFormat)
	}
	parameter := component.Parameters[0]
	file := parameter.file(c.headerFormat)
	if file == nil {
		return refuse(132012, "header: Format mismatch, expected %s, received %s", c.headerFormat, strings.ToUpper(orText(parameter.Type, "UNKNOWN")))
	}
	media, refused := file.media(strings.ToLower(c.headerFormat))
	out.media = media
	return refused
}

// values pairs the parameters of a text with its variables.
func (c *compiledTemplate) values(place string, names []string, component *sendComponent) (map[string]string, *graphError) {
	var parameters []sendParameter
	if component != nil {
		parameters = component.Parameters
	}
	if len(parameters) != len(names) {
		return nil, refuse(132000, "%s: number of localizable_params (%d) does not match the expected number of params (%d)", place, len(parameters), len(names))
	}
	values := make(map[string]string, len(names))
	for i, parameter := range parameters {
		name, refused := c.nameOf(place, names, i, parameter)
		if refused != nil {
			return nil, refused
		}
		if _, twice := values[name]; twice {
			return nil, refuse(132012, "%s: parameter %s is given twice", place, name)
		}
		value, ok := parameter.value()
		if !ok {
			return nil, refuse(132012, "%s: Format mismatch, expected TEXT, received %s", place, strings.ToUpper(orText(parameter.Type, "UNKNOWN")))
		}
		if refused := checkParameter(place, value); refused != nil {
			return nil, refused
		}
		values[name] = value
	}
	return values, nil
}

func (c *compiledTemplate) nameOf(place string, names []string, index int, parameter sendParameter) (string, *graphError) {
	if !c.named {
		if parameter.Name != nil {
			return "", refuse(132012, "%s: the template has positional parameters, parameter_name is not allowed", place)
		}
		return names[index], nil
	}
	if parameter.Name == nil || *parameter.Name == "" {
		return "", refuse(132012, "%s: Parameter name is missing or empty", place)
	}
	for _, name := range names {
		if name == *parameter.Name {
			return name, nil
		}
	}
	return "", refuse(132012, "%s: the template has no parameter named %s", place, *parameter.Name)
}

// checkParameter refuses what Meta refuses inside a parameter: nothing, new lines, tabs, five or more spaces in a row.
func checkParameter(place, value string) *graphError {
	if strings.TrimSpace(value) == "" {
		return refuse(132018, "%s: Param text cannot be empty", place)
	}
	if strings.ContainsAny(value, "\n\r\t") || strings.Contains(value, "     ") {
		return refuse(132018, "%s: Param text cannot have new-line/tab characters or more than 4 consecutive spaces", place)
	}
	return nil
}
