package meta

import (
	"github.com/tidwall/gjson"

	"retoma/internal/provider"
)

// scene is what a change says beside its messages: which number, which people, and errors of the change as a whole.
type scene struct {
	account string
	people  []person
	// alone is true for one message beside one contact: then they belong together even if their ids differ
	// ("ID and phone number may not always match").
	alone  bool
	errors gjson.Result
}

// conversation reads the value of a messages or smb_message_echoes change.
func (r *reader) conversation(e envelope, value gjson.Result) {
	var s scene
	var messages, echoes, statuses gjson.Result
	each(value, func(key string, member gjson.Result) {
		switch key {
		case "metadata":
			s.account = idOf(member.Get("phone_number_id"))
		case "contacts":
			s.people = readPeople(member)
		case "messages":
			messages = member
		case "message_echoes":
			echoes = member
		case "statuses":
			statuses = member
		case "errors":
			s.errors = member
		}
	})
	before := len(r.batch.Messages)
	r.items("messages", messages, s, r.received)
	r.items("message_echoes", echoes, s, r.echo)
	r.items("statuses", statuses, s, r.status)
	if !keptByMessage(r.batch.Messages[before:]) {
		r.reportErrors(s.account, e, s.errors)
	}
	if !messages.Exists() && !statuses.Exists() && !echoes.Exists() && !s.errors.Exists() {
		r.batch.Ignored++
	}
}

// keptByMessage tells whether one of the messages carries the errors that stood beside it.
func keptByMessage(messages []provider.Incoming) bool {
	for _, message := range messages {
		if message.Event.Message != nil && message.Event.Message.Content.Data["errors"] != nil || message.Event.Data["errors"] != nil {
			return true
		}
	}
	return false
}

// items walks one list of a value. A list that is null or missing holds nothing.
func (r *reader) items(name string, list gjson.Result, s scene, read func(scene, gjson.Result)) {
	if list.Type == gjson.Null {
		return
	}
	if !list.IsArray() {
		r.reject(name+" is not a list", list)
		return
	}
	s.alone = len(s.people) == 1 && hasOneItem(list)
	each(list, func(_ string, item gjson.Result) {
		if !item.IsObject() {
			r.reject("item of "+name+" is not an object", item)
			return
		}
		read(s, item)
	})
}

func hasOneItem(list gjson.Result) bool {
	count := 0
	list.ForEach(func(_, _ gjson.Result) bool { count++; return count < 2 })
	return count == 1
}
