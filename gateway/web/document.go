package web

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/fault"
)

// Document is a body in an authoring format, of shape T: it is kept as it came, for the format's own parser to read.
type Document[T any] struct{ Raw json.RawMessage }

// UnmarshalJSON keeps a copy of the text.
func (d *Document[T]) UnmarshalJSON(raw []byte) error {
	d.Raw = append(json.RawMessage(nil), raw...)
	return nil
}

// Schema is that of the shape.
func (Document[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, reflect.TypeFor[T]().Name())
}

// OrNull is a value that may be null.
type OrNull[T any] struct{ Value *T }

// Just is a value that is not null.
func Just[T any](value T) OrNull[T] { return OrNull[T]{Value: &value} }

// MarshalJSON gives the value or null.
func (o OrNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// Schema is that of the value, or null.
func (OrNull[T]) Schema(r huma.Registry) *huma.Schema {
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

// Members reads a JSON object member by member.
func Members(raw json.RawMessage) (map[string]json.RawMessage, error) {
	var found map[string]json.RawMessage
	if err := json.Unmarshal(raw, &found); err != nil || found == nil {
		return nil, fault.Field("body", "esperava um objeto")
	}
	return found, nil
}

// Overlay puts the members of a change over those of a document: what is not named stays as it is. Names match as
// encoding/json matches them, whatever their case; of two that are the same the last in order counts.
func Overlay(before, change json.RawMessage) (json.RawMessage, error) {
	merged, err := Members(before)
	if err != nil {
		return nil, err
	}
	changed, err := Members(change)
	if err != nil {
		return nil, err
	}
	for _, name := range SortedKeys(changed) {
		maps.DeleteFunc(merged, func(known string, _ json.RawMessage) bool { return strings.EqualFold(known, name) })
		merged[name] = changed[name]
	}
	return json.Marshal(merged)
}

// Patched lays a change of shape T over a document. Null is for what may be absent, which the shape tags with clears: what
// always has a value is not taken back to its default by it.
func Patched[T any](before any, patch json.RawMessage) (json.RawMessage, error) {
	named, err := Members(patch)
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
	return Overlay(body, patch)
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// clears tells whether null takes a field of a document away.
func clears(field reflect.StructField) bool { return field.Tag.Get("clears") == "true" }

// Optional is the schema of a change of shape T: nothing is required, and null is only for what may be absent.
func Optional[T any](r huma.Registry) *huma.Schema {
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
