package gateway

import (
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Ref names a record in a body: a UUID or the small number, as a JSON string or number.
type Ref struct {
	value chat.Ref
	given bool
	bad   bool
}

// UnmarshalJSON keeps what was given; whether it names something is asked later, with the field's name at hand.
func (r *Ref) UnmarshalJSON(raw []byte) error {
	*r = Ref{}
	if text := ""; json.Unmarshal(raw, &text) == nil && strings.TrimSpace(text) == "" {
		return nil // null, or a variable of a platform that was not set
	}
	r.given = true
	var understood bool
	r.value, understood = chat.RefFromJSON(json.RawMessage(raw))
	r.bad = !understood
	return nil
}

// Schema says in the document what is accepted.
func (Ref) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "UUID ou número pequeno, como texto ou número",
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
	}
}

// take gives the reference, or the validation error of its field.
func (r Ref) take(field string) (chat.Ref, error) {
	switch {
	case !r.given:
		return chat.Ref{}, fault.Required(field)
	case r.bad:
		return chat.Ref{}, fault.Field(field, "esperava um UUID ou um número inteiro a partir de 1")
	}
	return r.value, nil
}

// pathRef reads a reference from the path. What is no reference names nothing, so it is not found.
func pathRef(text, missing string) (chat.Ref, error) {
	ref, understood := chat.ParseRef(text)
	if !understood {
		return ref, fault.New(fault.NotFound, "%s", missing)
	}
	return ref, nil
}

// pathID reads an id from the path in its one form.
func pathID(text, missing string) (string, error) {
	ref, understood := chat.ParseRef(text)
	if !understood || ref.ID == "" {
		return "", fault.New(fault.NotFound, "%s", missing)
	}
	return ref.ID, nil
}

// refOf reads a reference from a text, such as a cell of a table.
func refOf(text string) Ref {
	value, understood := chat.ParseRef(text)
	return Ref{value: value, given: true, bad: !understood}
}
