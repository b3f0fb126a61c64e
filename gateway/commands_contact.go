package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"retoma/internal/chat"
	"retoma/internal/typebot"
)

// The keys of commands that change the contact. Whazing's tagId and crmId, AutoAtende's tagIds and status: the values are
// taken as the names of tags, stage and status.
const (
	keyTag    = "tagId"
	keyTags   = "tagIds"
	keyStatus = "status"
	keyStage  = "crmId"
	// keyAction, in Ticketz's dialect, says what is to be done with the other keys.
	keyAction = "action"
)

// contactChange is one key of a command that changes the contact.
type contactChange struct {
	key   string
	apply func(*chat.Contact)
}

// contactChanges reads the keys that change the contact, in a fixed order, tags first: a command is an object, whose keys
// have none. rest is what is left of the command. problem names a key that cannot be used.
func contactChanges(command typebot.Command) (changes []contactChange, rest map[string]json.RawMessage, problem string) {
	rest = maps.Clone(command.Unknown)
	if !ours(rest) {
		return nil, rest, ""
	}
	for _, key := range []string{keyTag, keyTags, keyStatus, keyStage} {
		raw, given := rest[key]
		if !given {
			continue
		}
		names, understood := namesIn(raw, key == keyTag || key == keyTags)
		if !understood {
			return nil, nil, `"` + key + `": ` + whatNamesAre(key)
		}
		delete(rest, key)
		delete(rest, keyAction)
		changes = append(changes, contactChange{key: key, apply: applyNames(key, names)})
	}
	return changes, rest, ""
}

// ours tells whether the keys mean what they mean without an action: {"action": "removeTag", "tagId": 7} does not.
func ours(members map[string]json.RawMessage) bool {
	raw, given := members[keyAction]
	if !given {
		return true
	}
	var action string
	if json.Unmarshal(raw, &action) != nil {
		return false
	}
	_, tags := members[keyTag]
	return tags && slices.Contains([]string{"addtag", "addcontacttag"}, strings.ToLower(action))
}

func whatNamesAre(key string) string {
	switch key {
	case keyTag, keyTags:
		return "esperava o nome ou o número de uma etiqueta, ou uma lista deles"
	case keyStatus:
		return "esperava o nome ou o número de um status"
	}
	return "esperava o nome ou o número de um estágio"
}

// maxCommandNames bounds the tags of one command.
const maxCommandNames = 50

// namesIn reads a text or a number, or where several are meant a list of them. Nothing at all is no name: most often a
// variable of the flow was not set.
func namesIn(raw json.RawMessage, several bool) ([]string, bool) {
	var list []json.RawMessage
	if several && json.Unmarshal(raw, &list) == nil && list != nil {
		names := make([]string, 0, len(list))
		for _, item := range list {
			name, understood := nameIn(item)
			if !understood || len(names) == maxCommandNames {
				return nil, false
			}
			names = append(names, name)
		}
		return names, len(names) > 0
	}
	name, understood := nameIn(raw)
	return []string{name}, understood
}

func nameIn(raw json.RawMessage) (string, bool) {
	var name string
	if json.Unmarshal(raw, &name) != nil {
		var number json.Number
		if json.Unmarshal(raw, &number) != nil || strings.ContainsAny(number.String(), ".eE-") {
			return "", false
		}
		name = number.String()
	}
	name = strings.TrimSpace(name)
	return name, name != "" && utf8.RuneCountInString(name) <= maxContactText
}

// maxContactText bounds what a contact may hold under one name (ContactChange).
const maxContactText = 200

func applyNames(key string, names []string) func(*chat.Contact) {
	return func(c *chat.Contact) {
		switch key {
		case keyTag, keyTags:
			c.Tags = unique(append(slices.Clone(c.Tags), names...))
		case keyStatus:
			c.Status = names[0]
		case keyStage:
			c.Stage = names[0]
		}
	}
}
