package expr

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/vm/runtime"

	"retoma/internal/fault"
)

// mistake is a failure while evaluating; the place is added by evalError.
func mistake(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// member reads base.key or base[key]; whatever is not there is nil. A negative index counts from the end.
func member(_ *meter, arguments []any) (any, error) {
	return lookUp(arguments[0], arguments[1]), nil
}

func lookUp(base, key any) any {
	switch base := base.(type) {
	case map[string]any:
		if name, isName := key.(string); isName {
			return plain(base[name])
		}
	case map[string]string:
		if name, isName := key.(string); isName {
			if text, found := base[name]; found {
				return text
			}
		}
	case []any:
		if i, found := indexIn(key, len(base)); found {
			return plain(base[i])
		}
	case []string:
		if i, found := indexIn(key, len(base)); found {
			return base[i]
		}
	case []map[string]any:
		if i, found := indexIn(key, len(base)); found {
			return base[i]
		}
	}
	return nil
}

// plain gives a number that was kept as its JSON text its value.
func plain(value any) any {
	if number, isNumber := value.(json.Number); isNumber {
		if amount, err := number.Float64(); err == nil {
			return amount
		}
	}
	return value
}

func indexIn(key any, length int) (int, bool) {
	number, isNumber := asNumber(key)
	if !isNumber || number != float64(int(number)) {
		return 0, false
	}
	i := int(number)
	if i < 0 {
		i += length
	}
	return i, i >= 0 && i < length
}

// truth makes a yes or no: nil is no, anything else that is not a bool is a mistake.
func truth(_ *meter, arguments []any) (any, error) {
	switch value := arguments[0].(type) {
	case nil:
		return false, nil
	case bool:
		return value, nil
	default:
		return nil, mistake("aqui deve haver verdadeiro ou falso, e há %s", kindName(value))
	}
}

// list gives a loop its list: nil is the empty list.
func list(_ *meter, arguments []any) (any, error) {
	if arguments[0] == nil {
		return []any{}, nil
	}
	value := reflect.ValueOf(arguments[0])
	if value.Kind() != reflect.Slice && value.Kind() != reflect.Array {
		return nil, mistake("aqui deve haver uma lista, e há %s", kindName(arguments[0]))
	}
	if value.Len() > maxListItems {
		return nil, mistake("a lista tem mais de %d itens", maxListItems)
	}
	return arguments[0], nil
}

// pass pays for one pass of a loop and hands its value on.
func pass(m *meter, arguments []any) (any, error) {
	return arguments[0], m.charge(arguments[1].(int))
}

// equal compares as the language does: numbers by value whatever their type, lists and maps item by item.
func equal(m *meter, arguments []any) (any, error) {
	return areEqual(m, plain(arguments[0]), plain(arguments[1]))
}

func areEqual(m *meter, left, right any) (bool, error) {
	if err := m.charge(2); err != nil {
		return false, err
	}
	if left == nil || right == nil {
		return left == nil && right == nil, nil
	}
	if isScalar(left) != isScalar(right) {
		return false, nil
	}
	if err := m.chargeDeep(left); err != nil {
		return false, err
	}
	if err := m.chargeDeep(right); err != nil {
		return false, err
	}
	return runtime.Equal(left, right), nil
}

func negate(run func(*meter, []any) (any, error)) func(*meter, []any) (any, error) {
	return func(m *meter, arguments []any) (any, error) {
		result, err := run(m, arguments)
		if err != nil {
			return nil, err
		}
		return !result.(bool), nil
	}
}

// comparison makes an ordering operator: with nil on a side it is false; texts, numbers and times are ordered.
func comparison(holds func(left, right any) bool) func(*meter, []any) (any, error) {
	return func(m *meter, arguments []any) (any, error) {
		left, right := plain(arguments[0]), plain(arguments[1])
		if left == nil || right == nil {
			return false, nil
		}
		if orderKind(left) == "" || orderKind(left) != orderKind(right) {
			return nil, mistake("não se compara %s com %s; converta com float() ou string()", kindName(left), kindName(right))
		}
		if text, isText := left.(string); isText {
			if err := m.chargeText(text); err != nil {
				return nil, err
			}
		}
		return holds(left, right), nil
	}
}

// before is the language's own <, for two values of one kind.
func before(left, right any) bool { return runtime.Less(left, right) }

// orderKind names the kinds whose values can be put in order with one another.
func orderKind(value any) string {
	if _, isNumber := asNumber(value); isNumber {
		return "number"
	}
	switch kindName(value) {
	case kindText, kindTime:
		return kindName(value)
	}
	return ""
}

// within is the operator in: an item of a list, or a key of a map. Nothing is in nil.
func within(m *meter, arguments []any) (any, error) {
	needle, container := arguments[0], arguments[1]
	switch container := container.(type) {
	case nil:
		return false, nil
	case string:
		return nil, mistake("in procura em listas; em texto use contains")
	case map[string]any:
		name, isName := needle.(string)
		_, found := container[name]
		return isName && found, m.charge(1)
	}
	value := reflect.ValueOf(container)
	if value.Kind() != reflect.Slice && value.Kind() != reflect.Array {
		return nil, mistake("in procura em listas, e há %s", kindName(container))
	}
	for i := range value.Len() {
		found, err := areEqual(m, needle, plain(value.Index(i).Interface()))
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// contains finds a text in a text or an item in a list.
func contains(m *meter, arguments []any) (any, error) {
	if kindName(arguments[0]) == kindList {
		return within(m, []any{arguments[1], arguments[0]})
	}
	return onTwoTexts("contains", strings.Contains)(m, arguments)
}

// onTwoTexts makes a metered operator over two texts; nil on a side makes it false.
func onTwoTexts(name string, holds func(text, part string) bool) func(*meter, []any) (any, error) {
	return func(m *meter, arguments []any) (any, error) {
		if arguments[0] == nil || arguments[1] == nil {
			return false, nil
		}
		text, isText := arguments[0].(string)
		part, isPart := arguments[1].(string)
		if !isText || !isPart {
			return nil, mistake("%s compara textos, e há %s e %s", name, kindName(arguments[0]), kindName(arguments[1]))
		}
		if err := m.chargeText(text); err != nil {
			return nil, err
		}
		return holds(text, part), nil
	}
}

// matches looks for a regular expression in a text.
func matches(m *meter, arguments []any) (any, error) {
	if arguments[0] == nil {
		return false, nil
	}
	text, isText := arguments[0].(string)
	if !isText {
		return nil, mistake("matches procura em texto, e há %s", kindName(arguments[0]))
	}
	compiled := arguments[1].(*pattern)
	if err := m.charge(1 + len(text)*compiled.size/4); err != nil {
		return nil, err
	}
	return compiled.expression.MatchString(text), nil
}

// add adds numbers and joins texts, up to maxJoinedBytes.
func add(m *meter, arguments []any) (any, error) {
	left, leftIsText := arguments[0].(string)
	right, rightIsText := arguments[1].(string)
	if !leftIsText || !rightIsText {
		return addNumbers(plain(arguments[0]), plain(arguments[1]))
	}
	if len(left)+len(right) > maxJoinedBytes {
		return nil, mistake("o texto somado passa de %d bytes", maxJoinedBytes)
	}
	if err := m.charge(1 + (len(left)+len(right))/16); err != nil {
		return nil, err
	}
	return left + right, nil
}

func addNumbers(left, right any) (any, error) {
	_, leftIsNumber := asNumber(left)
	_, rightIsNumber := asNumber(right)
	if !leftIsNumber || !rightIsNumber {
		return nil, mistake("não se soma %s com %s", kindName(left), kindName(right))
	}
	return runtime.Add(left, right), nil
}
