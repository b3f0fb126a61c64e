package web

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Resettable is a value that a change may name: null takes it back to what it was before anybody set it, not named it
// stays. Limits are those of the field's tags.
type Resettable[T any] struct {
	Given bool
	Value *T
}

// UnmarshalJSON reads the value or null.
func (r *Resettable[T]) UnmarshalJSON(raw []byte) error {
	*r = Resettable[T]{Given: true}
	return json.Unmarshal(raw, &r.Value)
}

// IsZero tells that it was not named.
func (r Resettable[T]) IsZero() bool { return !r.Given }

// Schema is that of the value, or null.
func (Resettable[T]) Schema(registry huma.Registry) *huma.Schema {
	inner := *registry.Schema(reflect.TypeFor[T](), true, "")
	inner.Nullable = true
	return &inner
}

// Into writes what was named; null is the zero value.
func (r Resettable[T]) Into(target *T) {
	switch {
	case !r.Given:
	case r.Value == nil:
		*target = *new(T)
	default:
		*target = *r.Value
	}
}

// text is a named text; ok is false if none was named.
func text(r Resettable[string]) (value string, named bool) {
	r.Into(&value)
	return value, r.Given
}
