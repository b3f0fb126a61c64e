package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"retoma/internal/fault"
)

// position is a place in a source as people count it: from 1, in characters.
type position struct{ line, column int }

// String gives "line:column".
func (p position) String() string { return fmt.Sprintf("%d:%d", p.line, p.column) }

// positionAt finds the place of a byte offset.
func positionAt(source string, offset int) position {
	before := source[:min(max(offset, 0), len(source))]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return position{line: strings.Count(before, "\n") + 1, column: utf8.RuneCountInString(before[lineStart:]) + 1}
}

// positionOfRune finds the place of an offset counted in characters, as expr-lang counts.
func positionOfRune(source string, runes int) position {
	place := position{line: 1, column: 1}
	for _, character := range source {
		if runes <= 0 {
			break
		}
		runes--
		place.column++
		if character == '\n' {
			place = position{line: place.line + 1, column: 1}
		}
	}
	return place
}

// conditionError makes the error of a bad or failed condition.
func conditionError(at position, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "condição inválida (%s): %s", at, fmt.Sprintf(format, args...))
}

// templateError makes the error of a template that cannot be compiled.
func templateError(at position, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "texto inválido (%s): %s", at, fmt.Sprintf(format, args...))
}

// renderError makes the error of a template that cannot be filled in with this data.
func renderError(at position, format string, args ...any) *fault.Error {
	return fault.New(fault.TemplateParams, "texto não preenchido (%s): %s", at, fmt.Sprintf(format, args...))
}
