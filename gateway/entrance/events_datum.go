package entrance

import (
	"slices"
	"strings"
	"unicode/utf8"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// datum is what a contact's event tells of the contact: the tag it was given, its stage, its status. The zero value is that
// of any other event, which tells nothing.
type datum struct {
	event chat.EventName
	value string
}

// datumNames are the members of data in which the contact's events carry what they are about.
func datumNames() map[chat.EventName]string {
	return map[chat.EventName]string{chat.TagAdded: "tag", chat.StageEntered: "stage", chat.StatusChanged: "status"}
}

// datumOf reads an event's datum, and leaves it trimmed in the event: flows read it there. A contact's event without one
// would start rules of which nobody could say what they are about.
func datumOf(event chat.Event) (datum, error) {
	name, has := datumNames()[event.Name]
	if !has {
		return datum{}, nil
	}
	field, given := "data."+name, event.Data[name]
	if given == nil {
		return datum{}, fault.Required(field)
	}
	value, isText := given.(string)
	value = strings.TrimSpace(value)
	switch {
	case !isText:
		return datum{}, fault.Field(field, "esperava um texto")
	case value == "":
		return datum{}, fault.Required(field)
	case utf8.RuneCountInString(value) > people.MaxContactText:
		return datum{}, fault.Field(field, "no máximo %d caracteres", people.MaxContactText)
	}
	event.Data[name] = value
	return datum{event: event.Name, value: value}, nil
}

// apply lets the contact be what a platform tells of it: conditions read the contact, not the event.
func (d datum) apply(c *chat.Contact) {
	switch d.event {
	case chat.TagAdded:
		c.Tags = web.Unique(append(slices.Clone(c.Tags), d.value))
	case chat.StageEntered:
		c.Stage = d.value
	case chat.StatusChanged:
		c.Status = d.value
	}
}
