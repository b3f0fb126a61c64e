package gateway_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// match compares an answer with a document's example. Paths are "data[0].rule.name"; in the lists of an example
// "data[].number" stands for every item.
type match struct {
	abridged, anyOrder, beyond []string
	// met are the paths of beyond that were answered.
	met         map[string]bool
	differences []string
}

func (m *match) differ(format string, values ...any) {
	m.differences = append(m.differences, fmt.Sprintf(format, values...))
}

// value compares one value: at is its path with numbers, every the same with [].
func (m *match) value(at, every string, want, found any) {
	switch want := want.(type) {
	case map[string]any:
		object, isObject := found.(map[string]any)
		if !isObject {
			m.differ("%s: %v instead of an object", at, found)
			return
		}
		m.object(at, every, want, object)
	case []any:
		list, isList := found.([]any)
		if !isList {
			m.differ("%s: %v instead of a list", at, found)
			return
		}
		m.list(at, every, want, list)
	case string:
		text, isText := found.(string)
		if !isText || want == "<uuid>" && !chat.IsID(text) || want != "<uuid>" && want != text {
			m.differ("%s: %#v instead of %q", at, found, want)
		}
	default:
		if want != found {
			m.differ("%s: %#v instead of %#v", at, found, want)
		}
	}
}

func (m *match) object(at, every string, want, found map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, has := found[name]
		if !has {
			m.differ("%s is missing", within(at, name))
			continue
		}
		m.value(within(at, name), within(every, name), want[name], value)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if _, has := want[name]; !has {
			m.extra(within(at, name), within(every, name))
		}
	}
}

// extra is a field that the document does not have.
func (m *match) extra(at, every string) {
	for _, path := range []string{at, every} {
		if slices.Contains(m.beyond, path) {
			m.met[path] = true
			return
		}
	}
	m.differ("%s is neither in the document nor listed as beyond it", at)
}

func (m *match) list(at, every string, want, found []any) {
	some := slices.Contains(m.abridged, every)
	if !some && len(want) != len(found) || len(want) > len(found) {
		m.differ("%s: %d items instead of %d", at, len(found), len(want))
		return
	}
	item := func(i int) string { return fmt.Sprintf("%s[%d]", at, i) }
	if !some && !slices.Contains(m.anyOrder, every) {
		for i := range want {
			m.value(item(i), every+"[]", want[i], found[i])
		}
		return
	}
	left := slices.Clone(found)
	for i := range want {
		place := slices.IndexFunc(left, func(candidate any) bool { return m.tries(item(i), every+"[]", want[i], candidate) })
		if place < 0 {
			m.differ("%s: no item is as the document's: %v", item(i), want[i])
			continue
		}
		m.value(item(i), every+"[]", want[i], left[place])
		left = slices.Delete(left, place, place+1)
	}
	for _, other := range left { // what the document leaves out has the form of what it shows
		m.value(at+"[...]", every+"[]", formOf(want[0], other), other)
	}
}

// tries tells whether a value would do, without saying why not.
func (m *match) tries(at, every string, want, found any) bool {
	trial := match{abridged: m.abridged, anyOrder: m.anyOrder, beyond: m.beyond, met: map[string]bool{}}
	trial.value(at, every, want, found)
	return len(trial.differences) == 0
}

// formOf is an example with the values of an answer wherever both have the same type.
func formOf(want, found any) any {
	wanted, isObject := want.(map[string]any)
	given, alike := found.(map[string]any)
	if isObject && alike {
		form := map[string]any{}
		for name, value := range wanted {
			form[name] = formOf(value, given[name])
		}
		return form
	}
	if fmt.Sprintf("%T", want) == fmt.Sprintf("%T", found) {
		return found
	}
	return want
}

func within(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

var step = regexp.MustCompile(`\[(\d+)\]|([^.\[\]]+)`)

// setAt gives a document with another value at a path.
func setAt(t testing.TB, document any, path string, value any) any {
	t.Helper()
	steps := step.FindAllStringSubmatch(path, -1)
	if len(steps) == 0 {
		return value
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(path, steps[0][0]), ".")
	if steps[0][2] != "" {
		node, isObject := document.(map[string]any)
		require.True(t, isObject, path)
		node[steps[0][2]] = setAt(t, node[steps[0][2]], rest, value)
		return node
	}
	node, isList := document.([]any)
	require.True(t, isList, path)
	at, err := strconv.Atoi(steps[0][1])
	require.NoError(t, err)
	node[at] = setAt(t, node[at], rest, value)
	return node
}

// The comparison itself must be able to fail.
func TestAnAnswerThatDiffersFromTheDocumentIsNoticed(t *testing.T) {
	tests := map[string]struct {
		want, found string
		match       match
		differences []string
	}{
		"the same":                  {`{"a":[{"b":1}]}`, `{"a":[{"b":1}]}`, match{}, nil},
		"a missing field":           {`{"a":{"b":1}}`, `{"a":{}}`, match{}, []string{"a.b is missing"}},
		"another number":            {`{"a":60.0}`, `{"a":60.1}`, match{}, []string{"a: 60.1 instead of 60"}},
		"a text for a number":       {`{"a":1}`, `{"a":"1"}`, match{}, []string{`a: "1" instead of 1`}},
		"null for a text":           {`{"a":"b"}`, `{"a":null}`, match{}, []string{`a: <nil> instead of "b"`}},
		"an unwanted field":         {`{"a":[{"b":1}]}`, `{"a":[{"b":1,"c":2}]}`, match{}, []string{"a[0].c is neither in the document nor listed as beyond it"}},
		"one that is listed":        {`{"a":[{"b":1}]}`, `{"a":[{"b":1,"c":2}]}`, match{beyond: []string{"a[].c"}}, nil},
		"one that is listed of one": {`[{},{}]`, `[{"c":1},{"c":2}]`, match{beyond: []string{"[0].c"}}, []string{"[1].c is neither in the document nor listed as beyond it"}},
		"no id":                     {`{"a":"<uuid>"}`, `{"a":"7"}`, match{}, []string{`a: "7" instead of "<uuid>"`}},
		"more items":                {`{"a":[1]}`, `{"a":[1,2]}`, match{}, []string{"a: 2 items instead of 1"}},
		"more items, abridged":      {`{"a":[2]}`, `{"a":[1,2]}`, match{abridged: []string{"a"}}, nil},
		"other items, abridged":     {`{"a":[{"b":1}]}`, `{"a":[{"b":1},{"b":"x"}]}`, match{abridged: []string{"a"}}, []string{`a[...].b: "x" instead of 1`}},
		"another order":             {`{"a":[1,2]}`, `{"a":[2,1]}`, match{anyOrder: []string{"a"}}, nil},
		"other items in any order":  {`{"a":[1,2]}`, `{"a":[2,3]}`, match{anyOrder: []string{"a"}}, []string{"a[0]: no item is as the document's: 1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var want, found any
			require.NoError(t, json.Unmarshal([]byte(test.want), &want))
			require.NoError(t, json.Unmarshal([]byte(test.found), &found))
			test.match.met = map[string]bool{}
			test.match.value("", "", want, found)
			require.Equal(t, test.differences, test.match.differences)
		})
	}
	require.Equal(t, []any{object{"b": "x"}}, setAt(t, []any{object{"b": "y"}}, "[0].b", "x"))
}
