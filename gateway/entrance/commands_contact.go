package entrance

import (
	"maps"
	"slices"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/typebot"
)

// change carries out what changes the contact. It comes before the enrolment of the same command, whose conditions read it.
func (w *commandWork) change(command typebot.Command) {
	if len(command.Changes) == 0 {
		return
	}
	done := commandDone{Source: command.Source, Status: "changed"}
	for _, change := range command.Changes {
		done.Keys = append(done.Keys, change.Key)
		fact := commandFact{arrival: w.who.Arrival(w.tenantID, w.channel.ID, chat.Event{}), change: applyChange(change)}
		if scope, about := refusalIn(change); about {
			fact.whole = people.RefusalDeed(scope, w.h.Now())
		}
		w.add(fact, command, change.Key)
	}
	w.did(done)
}

// applyChange is what a key does to the contact.
func applyChange(change typebot.Change) func(*chat.Contact) {
	return func(c *chat.Contact) {
		switch change.Key {
		case "tagId", "tagIds":
			c.Tags = web.Unique(append(slices.Clone(c.Tags), change.Names...))
		case "removeTag":
			c.Tags = slices.DeleteFunc(slices.Clone(c.Tags), func(tag string) bool { return slices.Contains(change.Names, tag) })
		case "clearTags":
			c.Tags = []string{}
		case "status":
			c.Status = change.Names[0]
		case "crmId":
			c.Stage = change.Names[0]
		case "AddiInfo":
			fields := maps.Clone(c.Fields)
			if fields == nil {
				fields = map[string]string{}
			}
			maps.Copy(fields, change.Fields)
			maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
			c.Fields = fields
		}
	}
}

// refusalIn tells whether a key is about refusing messages, and how far.
func refusalIn(change typebot.Change) (chat.OptOut, bool) {
	switch change.Key {
	case "optOut":
		return chat.OptOut(change.Names[0]), true
	case "optIn":
		return chat.OptOutNone, true
	}
	return "", false
}
