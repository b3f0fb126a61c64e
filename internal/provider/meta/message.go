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
	// unread tells that the content could not be understood; it then has the errors.
	unread bool
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

// look gives the part of a name.
func (m *message) look(name string) gjson.Result {
	if found := m.part(name); found != nil {
		return found.value
	}
	return gjson.Result{}
}

// take is look that marks the part as understood.
func (m *message) take(name string) gjson.Result {
	found := m.part(name)
	if found == nil {
		return gjson.Result{}
	}
	found.used = true
	return found.value
}

func (m *message) part(name string) *part {
	for i := range m.parts {
		if m.parts[i].name == name {
			return &m.parts[i]
		}
	}
	return nil
}

// keep turns an opened message into an event of the customer's.
func (r *reader) keep(s scene, item gjson.Result, m message, customer sender, name chat.EventName) {
	if m.id == "" {
		r.reject("message without an id", item)
		return
	}
	who := s.recognise(&m, customer)
	if len(who.keys) == 0 {
		r.reject("message without an identity: neither phone nor user id", item)
		return
	}
	if !r.seen.add(m.id) {
		return
	}
	said := m.read(who.person, s.errors)
	r.batch.Messages = append(r.batch.Messages, provider.Incoming{
		Account: s.account,
		From:    who.keys,
		Phone:   who.phone,
		Name:    who.person.name,
		Became:  who.became, BecamePhone: who.becamePhone,
		Event: chat.Event{
			Name:       name,
			ExternalID: m.id,
			At:         instantOf(m.timestamp, r.receivedAt),
			ReceivedAt: r.receivedAt,
			Message:    said,
			Data:       m.extras(who.person),
		},
		Raw: item.Raw,
	})
}

// identified is whom a message is from, and whom that person became.
type identified struct {
	person             person
	keys, became       identities
	phone, becamePhone string
}

func (s scene) recognise(m *message, customer sender) identified {
	if system := m.look("system"); m.kind == "system" && isIdentityChange(idOf(system.Get("type"))) {
		return s.changed(customer, system)
	}
	who := identified{person: s.find(customer)}
	who.keys, who.phone = identify(customer, who.person)
	return who
}

// read gives what the message says. Content comes first, because it marks the parts that it understood. An answer that Meta
// itself could not read comes without its object, and the reason stands beside the list of messages.
func (m *message) read(contact person, beside gjson.Result) *chat.InboundMessage {
	read := &chat.InboundMessage{Content: m.content(), ProfileName: contact.name, Group: m.group}
	if m.unread && !m.errors.Exists() && beside.Exists() {
		put(&read.Content.Data, "errors", plain(beside))
	}
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
func (m *message) extras(contact person) map[string]any {
	var data map[string]any
	for _, extra := range [...]struct{ name, value string }{
		{"username", contact.username},
		{"country_code", contact.countryCode},
		{"identity_key_hash", contact.identityKey},
	} {
		if extra.value != "" {
			put(&data, extra.name, extra.value)
		}
	}
	if m.errors.Exists() && !m.unread {
		put(&data, "errors", plain(m.errors))
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
