package expr

import (
	"sort"
	"strings"
	"time"

	"github.com/osteele/liquid/expressions"
)

// parameter is the kind of value that a filter takes after its colon.
type parameter int

const (
	textParameter parameter = iota
	numberParameter
)

// filter is one filter: {{ value | name: parameters }}. The first least parameters must be given.
type filter struct {
	parameters []parameter
	least      int
	change     func(input filterInput) (any, error)
}

// filterInput is what a filter works on: data that is there, and parameters of the right kinds.
type filterInput struct {
	data     any
	given    []any
	location *time.Location
}

// filters are the filters that templates may use, besides default. Names and meanings are Liquid's
// (https://shopify.github.io/liquid/), but for date's languages and defaults, and for phone and first_name, which are ours.
var filters = map[string]filter{
	"upcase":     {change: onFilteredText(strings.ToUpper)},
	"downcase":   {change: onFilteredText(strings.ToLower)},
	"capitalize": {change: onFilteredText(capitalize)},
	"strip":      {change: onFilteredText(strings.TrimSpace)},
	"first_name": {change: onFilteredText(firstName)},
	"phone":      {change: onFilteredText(formatPhone)},
	"truncate":   {parameters: []parameter{numberParameter, textParameter}, change: truncate},
	"replace":    {parameters: []parameter{textParameter, textParameter}, least: 2, change: replace},
	"json":       {change: toJSON},
	"date":       {parameters: []parameter{textParameter}, change: formatDate},
	"round":      {parameters: []parameter{numberParameter}, change: roundTo},
	"plus":       {parameters: []parameter{numberParameter}, least: 1, change: arithmetic(func(a, b float64) float64 { return a + b })},
	"minus":      {parameters: []parameter{numberParameter}, least: 1, change: arithmetic(func(a, b float64) float64 { return a - b })},
	"times":      {parameters: []parameter{numberParameter}, least: 1, change: arithmetic(func(a, b float64) float64 { return a * b })},
	"divided_by": {parameters: []parameter{numberParameter}, least: 1, change: divide},
}

// filterConfig gives the filters to the library. The functions keep nothing, so one configuration serves many renderings.
func filterConfig() expressions.Config {
	config := expressions.NewConfig()
	config.AddFilter("default", chooseDefault)
	for name, spec := range filters {
		config.AddFilter(name, spec.run)
	}
	return config
}

// filterNames lists the filters for error texts.
func filterNames() string {
	names := []string{"default"}
	for name := range filters {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

// chooseDefault is the filter default: what is missing or false becomes the parameter, even an empty text.
func chooseDefault(input any, given ...any) (any, error) {
	if input == nil || len(given) > 0 && given[0] == nil {
		return nil, mistake(unknownVariable)
	}
	if len(given) != 1 {
		return nil, mistake("recebe 1 valor, não %d", len(given))
	}
	read := asValue(input)
	if read.missing && !read.probing() || read.data == false {
		return asValue(given[0]), nil
	}
	return read, nil
}

// run applies the filter; what is missing stays missing, so that a later default still sees it.
func (f filter) run(input any, given ...any) (any, error) {
	if len(given) < f.least || len(given) > len(f.parameters) {
		return nil, mistake("recebe de %d a %d valores, não %d", f.least, len(f.parameters), len(given))
	}
	if input == nil {
		return nil, mistake(unknownVariable)
	}
	read := asValue(input)
	plainly := make([]any, len(given))
	var probed *value
	for i, argument := range given {
		if argument == nil {
			return nil, mistake(unknownVariable)
		}
		parameter := asValue(argument)
		switch {
		case parameter.probing():
			probed = parameter
			continue
		case parameter.missing:
			return parameter, nil
		}
		accepted, err := f.parameters[i].accept(parameter.data)
		if err != nil {
			return nil, err
		}
		plainly[i] = accepted
	}
	if probed != nil || read.missing || read.probing() {
		return firstOf(read, probed), nil
	}
	return f.apply(read, plainly)
}

// firstOf gives the value that must be handed on unfiltered: the input if it was read, else the probed parameter.
func firstOf(read, probed *value) *value {
	if read.node == nil && probed != nil {
		return probed
	}
	return read
}

// apply filters what is there. A filter that leaves nothing of something makes it missing: an empty hole is never sent.
func (f filter) apply(read *value, given []any) (any, error) {
	data, err := f.change(filterInput{data: read.data, given: given, location: read.location()})
	if err != nil {
		return nil, err
	}
	vanished := read.node != nil && isBlank(data) && !isBlank(read.data)
	return &value{node: read.node, data: data, missing: vanished}, nil
}

// accept checks and converts a parameter.
func (p parameter) accept(data any) (any, error) {
	if p == numberParameter {
		return numberOf(data)
	}
	return textOf(data)
}

// textOf takes a plain value as a text of at most maxFilterBytes.
func textOf(data any) (string, error) {
	text, isScalar := formatScalar(data)
	if !isScalar {
		return "", mistake("espera texto, e há %s", kindName(data))
	}
	if len(text) > maxFilterBytes {
		return "", mistake("o texto passa de %d bytes", maxFilterBytes)
	}
	return text, nil
}

// numberOf takes a number, or a text that is one.
func numberOf(data any) (float64, error) {
	if number, isNumber := asNumber(data); isNumber {
		return number, nil
	}
	if text, isText := data.(string); isText && len(text) <= 64 {
		if number, isNumber := parseNumber(text); isNumber {
			return number, nil
		}
	}
	return 0, mistake("espera um número, e há %s que não é um", kindName(data))
}
