package web

import (
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Ref names a record in a body: a UUID or the small number, as a JSON string or number.
type Ref struct {
	Value chat.Ref
	Given bool
	Bad   bool
}

// UnmarshalJSON keeps what was given; whether it names something is asked later, with the field's name at hand.
func (r *Ref) UnmarshalJSON(raw []byte) error {
	*r = Ref{}
	if text := ""; json.Unmarshal(raw, &text) == nil && strings.TrimSpace(text) == "" {
		return nil // null, or a variable of a platform that was not set
	}
	r.Given = true
	var understood bool
	r.Value, understood = chat.RefFromJSON(json.RawMessage(raw))
	r.Bad = !understood
	return nil
}

// Schema says in the document what is accepted.
func (Ref) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "UUID ou número pequeno, como texto ou número",
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
	}
}

// Take gives the reference, or the validation error of its field.
func (r Ref) Take(field string) (chat.Ref, error) {
	switch {
	case !r.Given:
		return chat.Ref{}, fault.Required(field)
	case r.Bad:
		return chat.Ref{}, fault.Field(field, "esperava um UUID ou um número inteiro a partir de 1")
	}
	return r.Value, nil
}

// PathRef reads a reference from the path. What is no reference names nothing, so it is not found.
func PathRef(text, missing string) (chat.Ref, error) {
	ref, understood := chat.ParseRef(text)
	if !understood {
		return ref, fault.New(fault.NotFound, "%s", missing)
	}
	return ref, nil
}

// PathID reads an id from the path in its one form.
func PathID(text, missing string) (string, error) {
	ref, understood := chat.ParseRef(text)
	if !understood || ref.ID == "" {
		return "", fault.New(fault.NotFound, "%s", missing)
	}
	return ref.ID, nil
}

// RefOf reads a reference from a text, such as a cell of a table.
func RefOf(text string) Ref {
	value, understood := chat.ParseRef(text)
	return Ref{Value: value, Given: true, Bad: !understood}
}
