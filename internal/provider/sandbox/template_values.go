package sandbox

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// values pairs the parameters of a text with its variables; longest bounds each in characters, unless it is 0.
func (c *compiledPart) values(place string, names []string, component *sendComponent, longest int) (map[string]string, *graphError) {
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
		if longest > 0 && utf8.RuneCountInString(value) > longest {
			return nil, refuse(132018, "%s: Parameter at index %d exceeds the parameter length limit %d", place, i, longest)
		}
		values[name] = value
	}
	return values, nil
}

func (c *compiledPart) nameOf(place string, names []string, index int, parameter sendParameter) (string, *graphError) {
	if !c.named {
		if parameter.Name != nil {
			return "", refuse(132012, "%s: the template has positional parameters, parameter_name is not allowed", place)
		}
		return names[index], nil
	}
	if parameter.Name == nil || *parameter.Name == "" {
		return "", refuse(132012, "%s: Parameter name is missing or empty", place)
	}
	if slices.Contains(names, *parameter.Name) {
		return *parameter.Name, nil
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
