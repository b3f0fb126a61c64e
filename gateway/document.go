package gateway

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/fault"
)

// document is a body in an authoring format, of shape T: it is kept as it came, for the format's own parser to read.
type document[T any] struct{ raw json.RawMessage }

// UnmarshalJSON keeps a copy of the text.
func (d *document[T]) UnmarshalJSON(raw []byte) error {
	d.raw = append(json.RawMessage(nil), raw...)
	return nil
}

// Schema is that of the shape.
func (document[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, reflect.TypeFor[T]().Name())
}

// orNull is a value that may be null.
type orNull[T any] struct{ value *T }

func just[T any](value T) orNull[T] { return orNull[T]{value: &value} }

// MarshalJSON gives the value or null.
func (o orNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.value) }

// Schema is that of the value, or null.
func (orNull[T]) Schema(r huma.Registry) *huma.Schema {
	inner := r.Schema(reflect.TypeFor[T](), true, reflect.TypeFor[T]().Name())
	return &huma.Schema{AnyOf: []*huma.Schema{inner, {Type: "null"}}}
}

// variablesShape says in the document what a template's variables look like.
type variablesShape struct{}

// Schema is an object or a list of texts.
func (variablesShape) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{
		Description: `valores das variáveis: {"1": "Ana"}, {"nome": "Ana"} ou ["Ana"]`,
		AnyOf: []*huma.Schema{
			{Type: huma.TypeObject, AdditionalProperties: text}, {Type: huma.TypeArray, Items: text}, {Type: "null"},
		},
	}
}

// members reads a JSON object member by member.
func members(raw json.RawMessage) (map[string]json.RawMessage, error) {
	var found map[string]json.RawMessage
	if err := json.Unmarshal(raw, &found); err != nil || found == nil {
		return nil, fault.Field("body", "esperava um objeto")
	}
	return found, nil
}

// overlay puts the members of a change over those of a document: what is not named stays as it is. Names match as
// encoding/json matches them, whatever their case; of two that are the same the last in order counts.
func overlay(before, change json.RawMessage) (json.RawMessage, error) {
	merged, err := members(before)
	if err != nil {
		return nil, err
	}
	changed, err := members(change)
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(changed) {
		maps.DeleteFunc(merged, func(known string, _ json.RawMessage) bool { return strings.EqualFold(known, name) })
		merged[name] = changed[name]
	}
	return json.Marshal(merged)
}

// patched lays a change of shape T over a document. Null is for what may be absent, which the shape tags with clears: what
// always has a value is not taken back to its default by it.
func patched[T any](before any, patch json.RawMessage) (json.RawMessage, error) {
	named, err := members(patch)
	if err != nil {
		return nil, err
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		for name, value := range named {
			if strings.EqualFold(name, jsonName(field)) && !clears(field) && string(value) == "null" {
				return nil, fault.Required(jsonName(field))
			}
		}
	}
	body, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	return overlay(body, patch)
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// clears tells whether null takes a field of a document away.
func clears(field reflect.StructField) bool { return field.Tag.Get("clears") == "true" }

// optional is the schema of a change of shape T: nothing is required, and null is only for what may be absent.
func optional[T any](r huma.Registry) *huma.Schema {
	kind := reflect.TypeFor[T]()
	whole := *r.Schema(kind, false, kind.Name())
	whole.Required, whole.Properties = nil, maps.Clone(whole.Properties)
	for _, field := range reflect.VisibleFields(kind) {
		if shown, has := whole.Properties[jsonName(field)]; has && shown.Nullable && !clears(field) {
			copied := *shown
			copied.Nullable = false
			whole.Properties[jsonName(field)] = &copied
		}
	}
	return &whole
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
