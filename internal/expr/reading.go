package expr

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/values"
)

// reading is one evaluation of a template's holes: over data, or, while compiling, over none, to learn the paths.
type reading struct {
	location *time.Location
	probing  bool
	// paths are what the probe saw read, in order, each once.
	paths []string
	seen  map[string]bool
}

// note keeps a path that the probe saw.
func (r *reading) note(path string) {
	if !r.seen[path] {
		r.seen[path] = true
		r.paths = append(r.paths, path)
	}
}

// bindings gives the names of a scope as nodes.
func (r *reading) bindings(s Scope) map[string]any {
	bindings := s.roots()
	for name, data := range bindings {
		bindings[name] = &node{reading: r, key: name, data: data}
	}
	return bindings
}

// node is a place in the scope as the Liquid library walks it (it is a values.Value): it knows its own path,
// so that what is not there can be named.
type node struct {
	reading *reading
	parent  *node
	// key is a name or an index; a *value if it was itself read from the scope.
	key  any
	data any
}

// PropertyValue is node.name; lists also have size, first and last.
func (n *node) PropertyValue(name values.Value) values.Value { return n.child(name.Interface()) }

// IndexValue is node[key].
func (n *node) IndexValue(key values.Value) values.Value { return n.child(key.Interface()) }

func (n *node) child(key any) values.Value {
	if n.parent == nil && n.key == "now" {
		panic(expressions.InterpreterError("now não tem campos; use o filtro date"))
	}
	child := &node{reading: n.reading, parent: n, key: key}
	if read, isRead := key.(*value); isRead {
		key = read.data
	}
	if child.data = lookUp(n.data, key); child.data == nil && kindName(n.data) == kindList {
		child.data = ofList(n.data, key)
	}
	return child
}

// ofList gives the properties that Liquid lists have.
func ofList(data, key any) any {
	switch key {
	case "size":
		return reflect.ValueOf(data).Len()
	case "first":
		return lookUp(data, 0)
	case "last":
		return lookUp(data, -1)
	}
	return nil
}

// Interface ends the walk and gives a *value.
func (n *node) Interface() any {
	if n.reading.probing {
		n.reading.note(n.path())
	}
	return &value{node: n, data: n.data, missing: isBlank(n.data)}
}

// plainName is a key that needs no quotes in a path.
var plainName = regexp.MustCompile(`^[\pL_][\pL\pN_-]*$`)

// path is the node's place as an author writes it.
func (n *node) path() string {
	if n.parent == nil {
		return fmt.Sprint(n.key)
	}
	switch key := n.key.(type) {
	case string:
		if plainName.MatchString(key) {
			return n.parent.path() + "." + key
		}
		return fmt.Sprintf("%s[%q]", n.parent.path(), key)
	case *value:
		if key.node != nil {
			return n.parent.path() + "[" + key.node.path() + "]"
		}
		return fmt.Sprintf("%s[%v]", n.parent.path(), key.data)
	default:
		return fmt.Sprintf("%s[%v]", n.parent.path(), key)
	}
}

// The rest of values.Value is for comparisons, which belong in conditions.
const noComparison = expressions.InterpreterError("comparações não são aceitas em {{ }}; use uma condição")

// Int is refused.
func (n *node) Int() int { panic(noComparison) }

// Equal is refused.
func (n *node) Equal(values.Value) bool { panic(noComparison) }

// Less is refused.
func (n *node) Less(values.Value) bool { panic(noComparison) }

// Contains is refused.
func (n *node) Contains(values.Value) bool { panic(noComparison) }

// Test is refused.
func (n *node) Test() bool { panic(noComparison) }

// value is what was read, on its way through the filters.
type value struct {
	// node is where it was read; nil for what the author wrote.
	node *node
	data any
	// missing: there is nothing to show, unless the filter default says what.
	missing bool
}

// asValue takes a filter's input or argument, read or literal.
func asValue(data any) *value {
	if read, isRead := data.(*value); isRead {
		return read
	}
	return &value{data: data}
}

func (v *value) probing() bool { return v.node != nil && v.node.reading.probing }

// location is the zone to show times in.
func (v *value) location() *time.Location {
	if v.node == nil || v.node.reading.location == nil {
		return time.UTC
	}
	return v.node.reading.location
}

// isBlank tells what counts as not there: nil, empty or white text, empty lists and objects.
func isBlank(data any) bool {
	switch data := data.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(data) == ""
	case time.Time:
		return data.IsZero()
	}
	return !isScalar(data) && reflect.ValueOf(data).Len() == 0
}
