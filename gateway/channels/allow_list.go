package channels

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/gateway/people"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// allowList is a list of phones and of ids of people without one, or null for everybody; not given leaves it as it is.
type allowList struct {
	given  bool
	phones []people.PhoneText
	bad    bool
}

// UnmarshalJSON reads the list.
func (a *allowList) UnmarshalJSON(raw []byte) error {
	*a = allowList{given: true}
	if string(raw) != "null" {
		a.phones = []people.PhoneText{}
		a.bad = json.Unmarshal(raw, &a.phones) != nil
	}
	return nil
}

// Schema says in the document what is accepted.
func (allowList) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeArray, Items: people.PhoneText("").Schema(r)}, {Type: "null"}}}
}

func (a allowList) apply(c *chat.Channel) error {
	if !a.given {
		return nil
	}
	if a.bad {
		return fault.Field("allowList", "esperava uma lista de telefones, ou null")
	}
	c.AllowList = nil
	if a.phones == nil {
		return nil
	}
	c.AllowList = make([]string, len(a.phones))
	for i, text := range a.phones {
		if id := string(text); people.IsScopedID(id) || strings.HasSuffix(id, "@lid") {
			c.AllowList[i] = id // somebody without a phone
			continue
		}
		phone, err := chat.ParsePhone(string(text), people.RegionOf(*c))
		if err != nil {
			return fault.Field(fmt.Sprintf("allowList[%d]", i), "%s", fault.Of(err).Message)
		}
		c.AllowList[i] = phone
	}
	return nil
}
