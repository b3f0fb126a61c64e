package gateway

import (
	"encoding/json"
	"reflect"

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

// overlay puts the members of a change over those of a document: what is not named stays as it is.
func overlay(before, change json.RawMessage) (json.RawMessage, error) {
	merged, err := members(before)
	if err != nil {
		return nil, err
	}
	changed, err := members(change)
	if err != nil {
		return nil, err
	}
	for name, value := range changed {
		merged[name] = value
	}
	return json.Marshal(merged)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
