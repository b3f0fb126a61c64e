package expr

import (
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"
)

// pattern is a regular expression and about how many states it has: the price of one byte of text.
type pattern struct {
	expression *regexp.Regexp
	size       int
}

// patternCheck bounds the regular expressions of a condition before anything compiles them: a{1000}b{1000}... is short
// to write and takes megabytes to compile.
type patternCheck struct {
	source string
	total  int
	err    error
}

// Visit looks at one node of the tree (ast.Visitor).
func (c *patternCheck) Visit(node *ast.Node) {
	binary, isBinary := (*node).(*ast.BinaryNode)
	if !isBinary || binary.Operator != "matches" || c.err != nil {
		return
	}
	at := positionOfRune(c.source, binary.Right.Location().From)
	literal, isText := binary.Right.(*ast.StringNode)
	if !isText {
		c.err = conditionError(at, "o padrão de matches deve ser um texto entre aspas")
		return
	}
	if len(literal.Value) > maxPatternBytes {
		c.err = conditionError(at, "o padrão de matches tem mais de %d bytes", maxPatternBytes)
		return
	}
	if c.total += patternSize(literal.Value); c.total > maxPatternStates {
		c.err = conditionError(at, "os padrões de matches são complexos demais")
	}
}

// patternSize estimates the states of a pattern without compiling it; a bad pattern has none, and is refused later.
func patternSize(source string) int {
	parsed, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return 0
	}
	return states(parsed)
}

func states(expression *syntax.Regexp) int {
	const runesPerState = 16
	size := 1 + len(expression.Rune)
	if expression.Op == syntax.OpCharClass {
		size = 1 + len(expression.Rune)/runesPerState
	}
	for _, part := range expression.Sub {
		size += states(part)
	}
	if expression.Op == syntax.OpRepeat {
		size *= max(expression.Min, expression.Max, 1)
	}
	return min(size, maxPatternStates+1)
}
