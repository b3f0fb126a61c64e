package meta

import (
	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/provider"
)

// message is one item of messages or message_echoes, opened but not yet understood.
type message struct {
	id, kind, group string
	from, to        sender
	timestamp       gjson.Result
	context         gjson.Result
	referral        gjson.Result
	errors          gjson.Result
	// parts are all other members: the one named like the kind, and whatever Meta adds.
	parts []part
}

type part struct {
	name  string
	value gjson.Result
	used  bool
}

func (r *reader) received(s scene, item gjson.Result) {
	m := openMessage(item)
	r.keep(s, item, m, m.from, chat.MessageReceived)
}

// echo reads what a person of the business typed on the business's own phone: the customer is the one it went to.
func (r *reader) echo(s scene, item gjson.Result) {
	m := openMessage(item)
	r.keep(s, item, m, m.to, chat.MessageEcho)
}

func openMessage(item gjson.Result) message {
	var m message
	each(item, func(key string, member gjson.Result) {
		switch key {
		case "id":
			m.id = idOf(member)
		case "type":
			m.kind = idOf(member)
		case "group_id":
			m.group = idOf(member)
		case "from":
			m.from.address = idOf(member)
		case "from_user_id":
			m.from.userID = idOf(member)
		case "from_parent_user_id":
			m.from.parentID = idOf(member)
		case "to":
			m.to.address = idOf(member)
		case "to_user_id":
			m.to.userID = idOf(member)
		case "to_parent_user_id":
			m.to.parentID = idOf(member)
		case "timestamp":
			m.timestamp = member
		case "context":
			m.context = member
		case "referral":
			m.referral = member
		case "errors":
			m.errors = member
		default:
			m.parts = append(m.parts, part{name: key, value: member})
		}
	})
	return m
}

// take gives the part of a name and marks it as understood.
func (m *message) take(name string) gjson.Result {
	for i := range m.parts {
		if m.parts[i].name == name {
			m.parts[i].used = true
			return m.parts[i].value
		}
	}
	return gjson.Result{}
}

// keep turns an opened message into an event of the customer's.
func (r *reader) keep(s scene, item gjson.Result, m message, customer sender, name chat.EventName) {
	if m.id == "" {
		r.reject("message without an id", item)
		return
	}
	contact := s.find(customer)
	keys, phone := identify(customer, contact)
	if len(keys) == 0 {
		r.reject("message without an identity: neither phone nor user id", item)
		return
	}
	if !r.seen.add(m.id) {
		return
	}
	if !m.errors.Exists() {
		m.errors = s.errors
	}
	r.batch.Messages = append(r.batch.Messages, provider.Incoming{
		Account: s.account,
		From:    keys,
		Phone:   phone,
		Name:    contact.name,
		Event: chat.Event{
			Name:       name,
			ExternalID: m.id,
			At:         instantOf(m.timestamp, r.receivedAt),
			ReceivedAt: r.receivedAt,
			Message:    m.read(contact),
			Data:       m.extras(customer, contact),
		},
	})
}

// read gives what the message says. Content comes first, because it marks the parts that it understood.
func (m *message) read(contact person) *chat.InboundMessage {
	read := &chat.InboundMessage{Content: m.content(), ProfileName: contact.name, Group: m.group}
	each(m.context, func(key string, member gjson.Result) {
		switch key {
		case "id":
			read.ReplyTo = idOf(member)
		case "from":
			read.ReplyToFrom = idOf(member)
		case "forwarded", "frequently_forwarded":
			read.Forwarded = read.Forwarded || member.Type == gjson.True
		case "referred_product":
			put(&read.Content.Data, key, plain(member))
		}
	})
	if m.referral.IsObject() {
		read.Referral = object(m.referral)
	}
	return read
}

// extras keeps what has no field of its own: more about the person, and members that this version does not know.
func (m *message) extras(customer sender, contact person) map[string]any {
	var data map[string]any
	for _, extra := range [...]struct{ name, value string }{
		{"username", contact.username},
		{"country_code", contact.countryCode},
		{"identity_key_hash", contact.identityKey},
		{"parent_user_id", firstText(customer.parentID, contact.parentID)},
	} {
		if extra.value != "" {
			put(&data, extra.name, extra.value)
		}
	}
	if m.context.Get("frequently_forwarded").Type == gjson.True {
		put(&data, "frequently_forwarded", true)
	}
	var unknown map[string]any
	for _, p := range m.parts {
		if !p.used {
			put(&unknown, clean(p.name), plain(p.value))
		}
	}
	if unknown != nil {
		put(&data, "unknown", unknown)
	}
	return data
}

func put(data *map[string]any, name string, value any) {
	if *data == nil {
		*data = make(map[string]any, 2)
	}
	(*data)[name] = value
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
