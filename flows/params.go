package flows

import (
	"encoding/json"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The actions that the engine's own nodes ask for.
const (
	SendMessage  = "send_message"
	SendTemplate = "send_template"
)

// SendParams are the parameters of both actions, with every text filled in.
//
// With SendMessage, Content goes out while the window is open; Template, if there is one, is sent instead when it is
// closed. With SendTemplate there is only Template, and Content has no type.
type SendParams struct {
	Content  chat.Content    `json:"content"`
	Template *TemplateWanted `json:"template,omitempty"`
	// Writing, with SendMessage, is what an assistant has to write in place of Content.
	Writing *chat.Writing `json:"writing,omitempty"`
	// ReplyTo is the provider's id of the message that this one quotes; empty: none.
	ReplyTo string `json:"replyTo,omitempty"`
}

// TemplateWanted names an approved template and the values of its variables. The template itself is looked up, and the
// values are checked against it, when it is sent.
type TemplateWanted struct {
	Name string `json:"name"`
	// Language is such as "pt_BR".
	Language  string    `json:"language"`
	Variables Variables `json:"variables"`
}

// DefaultLanguage is a template's language where the author named none.
const DefaultLanguage = "pt_BR"

// Variables are the values of a template's variables, by name ({"1": "Ana"}, {"cliente": "Ana"}) or in order (["Ana"]).
// In JSON they are that object or that list; at most one of the fields is set.
type Variables struct {
	Named map[string]string
	List  []string
}

// MarshalJSON gives the object or the list; null if there are none.
func (v Variables) MarshalJSON() ([]byte, error) {
	switch {
	case v.List != nil:
		return json.Marshal(v.List)
	case v.Named != nil:
		return json.Marshal(v.Named)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads an object or a list of texts. Its error is a fault.Invalid.
func (v *Variables) UnmarshalJSON(body []byte) error {
	*v = Variables{}
	if json.Unmarshal(body, &v.List) == nil {
		return nil
	}
	v.List = nil
	if json.Unmarshal(body, &v.Named) == nil {
		return nil
	}
	v.Named = nil
	return fault.New(fault.Invalid, `as variáveis são um objeto de textos, como {"1": "Ana"}, ou uma lista de textos`)
}
