package expr

import (
	"fmt"
	"sort"
	"strings"

	"github.com/expr-lang/expr/builtin"
)

// function is one function of the condition language. Its implementation gets the meter and the arguments;
// an argument that is not there is nil, and nil in gives nil out.
type function struct {
	least, most int
	run         func(m *meter, arguments []any) (any, error)
}

// arity says how many arguments the function takes.
func (f function) arity() string {
	switch {
	case f.least == f.most && f.least == 1:
		return "1 valor"
	case f.least == f.most:
		return fmt.Sprintf("%d valores", f.least)
	default:
		return fmt.Sprintf("de %d a %d valores", f.least, f.most)
	}
}

// functions are what authors may call, besides the loops.
var functions = map[string]function{
	"len":       {1, 1, length},
	"lower":     {1, 1, onText("lower", 1, strings.ToLower)},
	"upper":     {1, 1, onText("upper", 1, strings.ToUpper)},
	"trim":      {1, 1, onText("trim", 1, strings.TrimSpace)},
	"normalize": {1, 1, onText("normalize", 8, normalize)},
	"int":       {1, 1, toInt},
	"float":     {1, 1, toFloat},
	"string":    {1, 1, toText},
	"abs":       {1, 1, onNumber("abs", absolute)},
	"round":     {1, 1, onNumber("round", roundHalfAway)},
	"floor":     {1, 1, onNumber("floor", roundDown)},
	"ceil":      {1, 1, onNumber("ceil", roundUp)},
	"min":       {1, 20, extreme("min", func(a, b float64) bool { return a < b })},
	"max":       {1, 20, extreme("max", func(a, b float64) bool { return a > b })},
	"hour":      {1, 1, onTime("hour", clockHour)},
	"minute":    {1, 1, onTime("minute", clockMinute)},
	"weekday":   {1, 1, onTime("weekday", isoWeekday)},
	"day":       {1, 1, onTime("day", monthDay)},
	"month":     {1, 1, onTime("month", yearMonth)},
}

// operations stand behind operators and loops; no author can write their names.
var operations = map[string]function{
	"·get":        {2, 2, member},
	"·truth":      {1, 1, truth},
	"·list":       {1, 1, list},
	"·pass":       {2, 2, pass},
	"·equal":      {2, 2, equal},
	"·unequal":    {2, 2, negate(equal)},
	"·less":       {2, 2, comparison(before)},
	"·atMost":     {2, 2, comparison(func(left, right any) bool { return !before(right, left) })},
	"·more":       {2, 2, comparison(func(left, right any) bool { return before(right, left) })},
	"·atLeast":    {2, 2, comparison(func(left, right any) bool { return !before(left, right) })},
	"·in":         {2, 2, within},
	"·contains":   {2, 2, contains},
	"·startsWith": {2, 2, onTwoTexts("startsWith", strings.HasPrefix)},
	"·endsWith":   {2, 2, onTwoTexts("endsWith", strings.HasSuffix)},
	"·matches":    {2, 2, matches},
	"·add":        {2, 2, add},
}

// conditionFunctions gives both tables in the library's form: the meter comes as the first argument.
func conditionFunctions() map[string]*builtin.Function {
	all := make(map[string]*builtin.Function, len(functions)+len(operations))
	for _, table := range []map[string]function{functions, operations} {
		for name, spec := range table {
			all[name] = &builtin.Function{Name: name, Func: func(arguments ...any) (any, error) {
				return spec.run(arguments[0].(*meter), arguments[1:])
			}}
		}
	}
	return all
}

// functionNames lists the functions for error texts.
func functionNames() string {
	names := make([]string, 0, len(functions)+len(loops))
	for name := range functions {
		names = append(names, name)
	}
	for name := range loops {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
