package gateway

import (
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/fault"
)

// Values are what a template is filled with: by name or in order. Numbers and true/false are taken as texts, because
// platforms send what they have.
type Values struct {
	named map[string]string
	list  []string
	bad   string
}

// UnmarshalJSON reads an object or a list; what is wrong is told later, with the field's name at hand.
func (v *Values) UnmarshalJSON(raw []byte) error {
	*v = Values{}
	var object map[string]any
	var list []any
	switch {
	case json.Unmarshal(raw, &object) == nil:
		v.named = make(map[string]string, len(object))
		for name, value := range object {
			v.named[name] = v.text(value, "."+name)
		}
	case json.Unmarshal(raw, &list) == nil:
		v.list = make([]string, len(list))
		for i, value := range list {
			v.list[i] = v.text(value, fmt.Sprintf("[%d]", i))
		}
	default:
		v.bad = " "
	}
	return nil
}

func (v *Values) text(value any, place string) string {
	switch value := value.(type) {
	case string:
		return value
	case bool:
		return fmt.Sprint(value)
	case float64:
		encoded, err := json.Marshal(value)
		if err == nil {
			return string(encoded)
		}
	}
	v.bad = place
	return ""
}

// check gives the validation error of the field.
func (v Values) check(field string) error {
	switch v.bad {
	case "":
		return nil
	case " ":
		return fault.Field(field, `esperava um objeto de textos, como {"1": "Ana"}, ou uma lista de textos`)
	}
	return fault.Field(field+v.bad, "esperava um texto")
}

// Schema says in the document what is accepted.
func (Values) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: `valores das variáveis do template, textos ou números: {"1": "Ana"}, {"nome": "Ana"} ou ["Ana"]`,
		AnyOf:       []*huma.Schema{{Type: huma.TypeObject, AdditionalProperties: true}, {Type: huma.TypeArray, Items: &huma.Schema{}}},
	}
}
