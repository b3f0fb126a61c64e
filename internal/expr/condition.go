package expr

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"retoma/internal/fault"
)

// Condition is a compiled boolean expression. It is immutable and safe for use by many goroutines.
type Condition struct {
	source  string
	program *vm.Program
	needs   map[string][]string
}

// environment is what the program reads; the checker takes the names from the tags.
type environment struct {
	Trigger      map[string]any `expr:"trigger"`
	Contact      map[string]any `expr:"contact"`
	Conversation map[string]any `expr:"conversation"`
	Channel      map[string]any `expr:"channel"`
	Vars         map[string]any `expr:"vars"`
	Steps        map[string]any `expr:"steps"`
	Now          time.Time      `expr:"now"`
	// Meter has a name that no author can write.
	Meter *meter `expr:"·meter"`
}

// CompileCondition compiles an expr-lang expression that gives true or false, over the names of [Scope] in lower case.
// The language is https://expr-lang.org/docs/language-definition with the functions of functions.go only, no method calls,
// and values that are not there read as nil: comparing nil is false, nil as a condition is false.
// The error is a fault.Invalid whose message has the place (line:column) and what is wrong.
func CompileCondition(source string) (*Condition, error) {
	if err := checkConditionSource(source); err != nil {
		return nil, err
	}
	config := conditionConfig()
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, compileError(source, err)
	}
	patterns := &patternCheck{source: source}
	if ast.Walk(&tree.Node, patterns); patterns.err != nil {
		return nil, patterns.err
	}
	needs := needsOf(tree.Node)
	if _, err := checker.Check(tree, config); err != nil {
		return nil, compileError(source, err)
	}
	if tree.Node, err = rewriteCondition(source, tree.Node); err != nil {
		return nil, err
	}
	if _, err := checker.Check(tree, config); err != nil {
		return nil, compileError(source, err)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, compileError(source, err)
	}
	return &Condition{source: source, program: program, needs: needs}, nil
}

// Source is the text the condition was compiled from.
func (c *Condition) Source() string { return c.source }

// Eval evaluates the condition over a scope, within a budget of counted work (limits.go) rather than of time: the same
// condition over the same data always ends the same way, in at most some tens of milliseconds. A failure (a text where a number must be, more work than the budget allows)
// is a fault.Invalid with the place in the source.
func (c *Condition) Eval(s Scope) (bool, error) {
	machine := vm.VM{MemoryBudget: machineMemory}
	result, err := machine.Run(c.program, &environment{
		Trigger: s.Trigger, Contact: s.Contact, Conversation: s.Conversation, Channel: s.Channel,
		Vars: s.Vars, Steps: s.Steps, Now: s.Now, Meter: &meter{left: workBudget},
	})
	if err != nil {
		return false, evalError(c.source, err)
	}
	return result == true, nil
}

func checkConditionSource(source string) error {
	switch {
	case strings.TrimSpace(source) == "":
		return conditionError(position{1, 1}, "está vazia")
	case len(source) > maxConditionBytes:
		return conditionError(position{1, 1}, "tem mais de %d bytes", maxConditionBytes)
	case !utf8.ValidString(source):
		return conditionError(position{1, 1}, "não é UTF-8")
	}
	return nil
}

// conditionConfig is the language that authors have: our names, our functions, and the loops of the whitelist
// (which the parser always accepts; rewriteCondition refuses the others).
func conditionConfig() *conf.Config {
	config := conf.CreateNew()
	config.WithEnv(&environment{})
	config.Expect, config.ExpectAny = reflect.Bool, true
	config.MaxNodes = maxConditionNodes
	for name := range config.Builtins {
		if _, loop := loops[name]; !loop {
			config.Disabled[name] = true
		}
	}
	for name := range config.Disabled {
		delete(config.Builtins, name)
	}
	config.Functions = conditionFunctions()
	return config
}

// compileError turns the library's error into ours, with its place.
func compileError(source string, err error) error {
	var located *file.Error
	if !errors.As(err, &located) {
		return conditionError(position{1, 1}, "%s", inPortuguese(err.Error()))
	}
	return conditionError(positionOfRune(source, located.From), "%s", inPortuguese(located.Message))
}

// evalError does the same for what went wrong while running. Our own functions' errors speak for themselves.
func evalError(source string, err error) error {
	at, message := position{1, 1}, err.Error()
	var located *file.Error
	if errors.As(err, &located) {
		at, message = positionOfRune(source, located.From), located.Message
	}
	var own *fault.Error
	if errors.As(err, &own) {
		message = own.Message
	}
	failure := conditionError(at, "%s", inPortuguese(message))
	failure.Cause = fmt.Errorf("run condition: %w", err)
	return failure
}

// inPortuguese translates the messages that authors meet most; the others stay in the library's words.
func inPortuguese(message string) string {
	if name, found := strings.CutPrefix(message, "unknown name "); found {
		return fmt.Sprintf("nome desconhecido: %s (use %s)", name, rootNames)
	}
	if got, found := strings.CutPrefix(message, "expected bool, but got "); found {
		return fmt.Sprintf("a condição deve dar verdadeiro ou falso, e esta dá %s", got)
	}
	if problem, found := strings.CutPrefix(message, "error parsing regexp: "); found {
		return "padrão de matches inválido: " + problem
	}
	switch {
	case strings.HasPrefix(message, "compilation failed: expression exceeds maximum allowed nodes"):
		return fmt.Sprintf("é longa demais (mais de %d elementos)", maxConditionNodes)
	case strings.HasPrefix(message, "memory budget exceeded"):
		return "usa memória demais"
	case message == "unexpected token EOF":
		return "termina antes da hora"
	}
	return message
}
