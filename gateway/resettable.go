package gateway

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// resettable is a value that a change may name: null takes it back to what it was before anybody set it, not named it
// stays. Limits are those of the field's tags.
type resettable[T any] struct {
	given bool
	value *T
}

// UnmarshalJSON reads the value or null.
func (r *resettable[T]) UnmarshalJSON(raw []byte) error {
	*r = resettable[T]{given: true}
	return json.Unmarshal(raw, &r.value)
}

// IsZero tells that it was not named.
func (r resettable[T]) IsZero() bool { return !r.given }

// Schema is that of the value, or null.
func (resettable[T]) Schema(registry huma.Registry) *huma.Schema {
	inner := *registry.Schema(reflect.TypeFor[T](), true, "")
	inner.Nullable = true
	return &inner
}

// into writes what was named; null is the zero value.
func (r resettable[T]) into(target *T) {
	switch {
	case !r.given:
	case r.value == nil:
		*target = *new(T)
	default:
		*target = *r.value
	}
}

// text is a named text; ok is false if none was named.
func text(r resettable[string]) (value string, named bool) {
	r.into(&value)
	return value, r.given
}
