package expr

import (
	"reflect"
	"strings"
)

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
