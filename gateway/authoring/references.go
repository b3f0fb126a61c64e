package authoring

import (
	"encoding/json"
	"slices"
	"strings"

	"retoma/gateway/web"
	"retoma/internal/chat"
)

// names tells whether a change names a member, whatever its case.
func names(patch json.RawMessage, member string) bool {
	given, err := web.Members(patch)
	if err != nil {
		return false
	}
	for name := range given {
		if strings.EqualFold(name, member) {
			return true
		}
	}
	return false
}

// references are what a stored document refers to and a change of it does not touch: they hold even if what they name was
// removed since. Whoever turns a document off must not have to mend it first. None of a new document's are kept.
type references struct {
	channels []string
	// assistant is a configuration's, name what the configuration was called after it.
	assistant, name string
}

func (r references) keepsChannel(id string) bool {
	return id != "" && slices.ContainsFunc(r.channels, func(kept string) bool { return strings.EqualFold(kept, id) })
}

func (r references) keepsAssistant(id string) bool {
	return id != "" && strings.EqualFold(r.assistant, id)
}

// channelAmong finds a channel by its id; -1 if the tenant has none of that id.
func channelAmong(channels []chat.Channel, id string) int {
	return slices.IndexFunc(channels, func(c chat.Channel) bool { return strings.EqualFold(c.ID, id) })
}
