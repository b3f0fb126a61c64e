package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/osteele/liquid/expressions"

	"retoma/internal/fault"
)

// Template is a compiled text with {{ variables }}. It is immutable and safe for use by many goroutines.
type Template struct {
	parts  []part
	config expressions.Config
	paths  []string
}

// part is fixed text, or an expression to put in its place.
type part struct {
	text       string
	expression expressions.Expression
	at         position
}

// CompileTemplate compiles a text in the style that Liquid users know: "Olá {{ contact.first_name | default: "cliente" }}".
// Variables begin with a name of [Scope] in lower case; the filters are those of filters.go. Tags ({% %}), comparisons,
// unknown names and filters, wrong numbers of filter values and unclosed braces are refused here, as fault.Invalid with the
// place (line:column) of the braces.
func CompileTemplate(source string) (*Template, error) {
	if len(source) > maxTemplateBytes {
		return nil, templateError(position{1, 1}, "tem mais de %d bytes", maxTemplateBytes)
	}
	if !utf8.ValidString(source) {
		return nil, templateError(position{1, 1}, "não é UTF-8")
	}
	segments, err := split(source)
	if err != nil {
		return nil, err
	}
	template := &Template{config: filterConfig()}
	probe := &reading{location: time.UTC, probing: true, seen: map[string]bool{}}
	context := expressions.NewContext(probe.bindings(Scope{}), template.config)
	holes, filterCount := 0, 0
	for _, segment := range segments {
		if !segment.hole {
			template.parts = append(template.parts, part{text: segment.text})
			continue
		}
		at := positionAt(source, segment.offset)
		holes, filterCount = holes+1, filterCount+strings.Count(segment.text, "|")
		if holes > maxTemplateHoles || filterCount > maxTemplateFilters {
			return nil, templateError(at, "tem variáveis ou filtros demais (até %d e %d)", maxTemplateHoles, maxTemplateFilters)
		}
		expression, err := compileHole(segment.text, at, context)
		if err != nil {
			return nil, err
		}
		template.parts = append(template.parts, part{expression: expression, at: at})
	}
	template.paths = probe.paths
	return template, nil
}

// compileHole parses the expression and evaluates it once over nothing, which finds what the parser does not look at.
func compileHole(text string, at position, context expressions.Context) (expressions.Expression, error) {
	expression, err := parseHole(text)
	if err != nil {
		return nil, templateError(at, "não se entende {{ %s }}", text)
	}
	result, err := evaluate(expression, context)
	if err != nil {
		return nil, templateError(at, "%s", describe(err))
	}
	switch result.(type) {
	case *value, string, int, float64:
		return expression, nil
	case nil:
		return nil, templateError(at, "%s", unknownVariable)
	default:
		return nil, templateError(at, "%s", string(noComparison))
	}
}

// parseHole guards the library's parser, which panics on some inputs such as numbers of 20 digits.
func parseHole(text string) (expression expressions.Expression, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("parse %q: %v", text, problem)
		}
	}()
	return expressions.Parse(text)
}

// evaluate guards the library's evaluator in the same way.
func evaluate(expression expressions.Expression, context expressions.Context) (result any, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("evaluate: %v", problem)
		}
	}()
	return expression.Evaluate(context)
}

const unknownVariable = "variável desconhecida (use " + rootNames + ")"

// describe gives an evaluation's error to people.
func describe(err error) string {
	var (
		undefined expressions.UndefinedFilter
		failed    expressions.FilterError
		refused   expressions.InterpreterError
		own       *fault.Error
	)
	switch {
	case errors.As(err, &undefined):
		return fmt.Sprintf("filtro desconhecido: %s (use %s)", string(undefined), filterNames())
	case errors.As(err, &failed) && errors.As(failed.Err, &own):
		return fmt.Sprintf("filtro %s: %s", failed.FilterName, own.Message)
	case errors.As(err, &refused):
		return string(refused)
	default:
		return "não se pode calcular este valor"
	}
}

// Static tells whether the template reads nothing, so that it renders the same over every scope.
func (t *Template) Static() bool { return len(t.paths) == 0 }

// Paths are the paths the template reads, in order and each once, such as "contact.first_name" or "trigger.items[0].name".
func (t *Template) Paths() []string { return slices.Clone(t.paths) }

// Render fills in the template. Values go in as they are and are never read as template text. A value that is not there
// (nil, or empty, or only white space) and has no default is the error fault.TemplateParams "valor ausente: <path>", which
// names every such path; so is a value that a filter cannot work on.
func (t *Template) Render(s Scope) (string, error) {
	run := &reading{location: s.Now.Location()}
	context := expressions.NewContext(run.bindings(s), t.config)
	var rendered strings.Builder
	var missing []string
	for _, part := range t.parts {
		text, absent, err := part.render(context)
		if err != nil {
			return "", err
		}
		if absent != "" && !slices.Contains(missing, absent) {
			missing = append(missing, absent)
		}
		if rendered.Len()+len(text) > maxRenderedBytes {
			return "", fault.New(fault.TemplateParams, "o texto preenchido passa de %d bytes", maxRenderedBytes)
		}
		rendered.WriteString(text)
	}
	if len(missing) > 0 {
		return "", fault.New(fault.TemplateParams, "valor ausente: %s", strings.Join(missing, ", "))
	}
	return rendered.String(), nil
}

// render gives the part's text, or the path of the value that is missing.
func (p part) render(context expressions.Context) (text, absent string, err error) {
	if p.expression == nil {
		return p.text, "", nil
	}
	result, err := evaluate(p.expression, context)
	if err != nil {
		return "", "", renderError(p.at, "%s", describe(err))
	}
	shown := asValue(result)
	if shown.missing {
		return "", shown.node.path(), nil
	}
	text, fits := formatValue(shown)
	if !fits {
		return "", "", renderError(p.at, "%s é %s; escolha um campo ou use o filtro json", shown.node.path(), kindName(shown.data))
	}
	return text, "", nil
}

// formatValue writes a value for people: times in the scope's zone, lists of plain values with commas.
func formatValue(shown *value) (string, bool) {
	if moment, isTime := shown.data.(time.Time); isTime {
		return formatScalar(moment.In(shown.location()))
	}
	if text, isScalar := formatScalar(shown.data); isScalar {
		return text, true
	}
	if kindName(shown.data) != kindList {
		return "", false
	}
	all := items(shown.data)
	texts := make([]string, 0, min(len(all), maxListItems))
	for _, item := range all {
		text, isScalar := formatScalar(item)
		if !isScalar || len(texts) == maxListItems {
			return "", false
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", "), true
}
