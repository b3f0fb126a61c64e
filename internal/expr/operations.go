package expr

import (
	"reflect"

	"github.com/expr-lang/expr/vm/runtime"

	"retoma/internal/fault"
)

// mistake is a failure while evaluating; the place is added by evalError.
func mistake(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

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
