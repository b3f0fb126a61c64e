package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// errRaced tells that another process made the same contact at the same moment: the transaction begins anew and finds it.
var errRaced = errors.New("another process made the same contact")

// receive writes a group of intakes in one transaction: it finds or makes the people, moves the delivery states,
// raises the mailboxes and writes the inbox rows. Messages are touched before mailboxes, mailboxes in order of
// contact, as work does, so that the two never wait for each other in a circle.
func (s *Store) receive(ctx context.Context, intakes []desk.Intake) ([]desk.Written, error) {
	for range attempts {
		written, err := s.receiveOnce(ctx, intakes)
		if !errors.Is(err, errRaced) {
			return written, err
		}
	}
	return nil, fault.New(fault.Unavailable, "o banco de dados está ocupado; tente de novo")
}

func (s *Store) receiveOnce(ctx context.Context, intakes []desk.Intake) ([]desk.Written, error) {
	var group *reception
	err := s.work(ctx, "receive", func(tx transaction) (*batch, error) {
		group = newReception(s, intakes)
		for _, step := range []func(context.Context, transaction) error{
			group.lookUp, group.makePeople, group.makeConversations, group.raise,
		} {
			if err := step(ctx, tx); err != nil {
				return nil, err
			}
		}
		return group.deposit()
	})
	if err != nil {
		return nil, err
	}
	return group.written, nil
}

// entry is one arrival on its way into the inbox.
type entry struct {
	arrival desk.Arrival
	to      *desk.Accepted
	person  *person
	// fresh tells that the event goes into the inbox: it was not there before, nor earlier in this group.
	fresh bool
}

// person is somebody whom the group is about; new ones are shared by all entries that name them.
type person struct {
	tenantID  string
	contactID string
	isNew     bool
	keys      []chat.Key // to be learned
	phone     string
	name      string
	// conversations by channel: their ids, and which are new.
	conversations map[string]*conversationRef
}

type conversationRef struct {
	id    string
	isNew bool
}

// reception is one grouped commit in the making.
type reception struct {
	store    *Store
	intakes  []desk.Intake
	written  []desk.Written
	entries  []*entry
	people   map[chat.TenantKey]*person
	byID     map[string]*person
	newNames []*person // in order of making
	statuses []*movedStatus
	received map[string]int64 // mailbox numbers after raising
}

func newReception(s *Store, intakes []desk.Intake) *reception {
	group := &reception{
		store: s, intakes: intakes, written: make([]desk.Written, len(intakes)),
		people: map[chat.TenantKey]*person{}, byID: map[string]*person{}, received: map[string]int64{},
	}
	for i, intake := range intakes {
		group.written[i].Accepted = make([]desk.Accepted, len(intake.Arrivals))
		for j, arrival := range intake.Arrivals {
			group.entries = append(group.entries, &entry{arrival: storable(arrival), to: &group.written[i].Accepted[j]})
		}
		for _, status := range intake.Statuses {
			group.statuses = append(group.statuses, &movedStatus{arrival: status, intake: i})
		}
	}
	return group
}

// storable makes the texts that a person or a provider chose fit to be looked up and stored.
func storable(arrival desk.Arrival) desk.Arrival {
	arrival.Event.ExternalID = text(arrival.Event.ExternalID)
	arrival.Phone, arrival.Name = text(arrival.Phone), text(arrival.Name)
	arrival.Keys = slices.Clone(arrival.Keys)
	for i := range arrival.Keys {
		arrival.Keys[i].Value = text(arrival.Keys[i].Value)
	}
	return arrival
}

// lookUp finds who is known, which conversations exist, and which events were here before.
func (g *reception) lookUp(ctx context.Context, tx transaction) error {
	var work batch
	for _, one := range g.entries {
		g.lookUpPerson(&work, one)
		if one.arrival.Event.ExternalID != "" {
			work.query(func(row scanner) error {
				one.to.Duplicate = true
				return row.Scan(&one.to.EventID)
			}, "SELECT id FROM inbox WHERE channel_id = $1 AND external_id = $2 AND external_id <> ''", one.arrival.ChannelID, one.arrival.Event.ExternalID)
		}
	}
	if work.empty() {
		return nil
	}
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	return g.introduce()
}

func (g *reception) lookUpPerson(work *batch, one *entry) {
	arrival := one.arrival
	found := func(row scanner) error {
		var key chat.Key
		var contactID, conversationID string
		if err := row.Scan(&key.Kind, &key.Value, &contactID, &conversationID); err != nil {
			return err
		}
		g.know(arrival, key, contactID, conversationID)
		return nil
	}
	if arrival.ContactID != "" {
		work.query(found, `SELECT '', '', c.id, COALESCE(v.id, '') FROM contacts c
			LEFT JOIN conversations v ON v.contact_id = c.id AND v.channel_id = $3
			WHERE c.id = $1 AND c.tenant_id = $2`, arrival.ContactID, arrival.TenantID, arrival.ChannelID)
		return
	}
	for _, key := range arrival.Keys {
		work.query(found, `SELECT k.kind, k.value, k.contact_id, COALESCE(v.id, '') FROM contact_keys k
			LEFT JOIN conversations v ON v.contact_id = k.contact_id AND v.channel_id = $4
			WHERE k.tenant_id = $1 AND k.kind = $2 AND k.value = $3`, arrival.TenantID, string(key.Kind), key.Value, arrival.ChannelID)
	}
}

// know notes what a look-up found.
func (g *reception) know(arrival desk.Arrival, key chat.Key, contactID, conversationID string) {
	known := g.byID[contactID]
	if known == nil {
		known = &person{tenantID: arrival.TenantID, contactID: contactID, conversations: map[string]*conversationRef{}}
		g.byID[contactID] = known
	}
	if key.Kind != "" {
		g.people[chat.TenantKey{TenantID: arrival.TenantID, Key: key}] = known
	}
	if conversationID != "" {
		known.conversations[arrival.ChannelID] = &conversationRef{id: conversationID}
	}
}

// introduce decides for each entry who it is about, and makes up the people who are not known.
func (g *reception) introduce() error {
	for _, one := range g.entries {
		if err := g.introduceOne(one); err != nil {
			return err
		}
		if one.person == nil {
			continue
		}
		one.to.ContactID = one.person.contactID
		one.to.NewContact = one.person.isNew
		g.converse(one)
	}
	g.markFresh()
	return nil
}

// markFresh sorts out what came twice, before or in this group.
func (g *reception) markFresh() {
	type name struct{ channelID, externalID string }
	seen := map[name]bool{}
	for _, one := range g.entries {
		if one.arrival.Event.ExternalID != "" {
			own := name{one.arrival.ChannelID, one.arrival.Event.ExternalID}
			one.to.Duplicate = one.to.Duplicate || seen[own]
			seen[own] = true
		}
		one.fresh = !one.to.Duplicate
	}
}

func (g *reception) introduceOne(one *entry) error {
	arrival := one.arrival
	if arrival.ContactID != "" {
		if one.person = g.byID[arrival.ContactID]; one.person == nil {
			return fault.New(fault.NotFound, "contato não encontrado")
		}
		return nil
	}
	if len(arrival.Keys) == 0 {
		return fault.New(fault.Invalid, "o evento não diz de quem é")
	}
	for _, key := range arrival.Keys {
		if known := g.people[chat.TenantKey{TenantID: arrival.TenantID, Key: key}]; known != nil {
			one.person = known
			break
		}
	}
	if one.person == nil {
		if arrival.NoContact {
			return fault.New(fault.NotFound, "contato não encontrado")
		}
		one.person = &person{
			tenantID: arrival.TenantID, contactID: chat.NewID(), isNew: true, phone: arrival.Phone, name: arrival.Name,
			conversations: map[string]*conversationRef{},
		}
		g.newNames = append(g.newNames, one.person)
	}
	g.learn(one)
	return nil
}

// learn notes the keys of an entry that nobody has yet. A key that belongs to somebody else is left alone:
// people are merged on evidence, not here.
func (g *reception) learn(one *entry) {
	for _, key := range one.arrival.Keys {
		name := chat.TenantKey{TenantID: one.arrival.TenantID, Key: key}
		if g.people[name] == nil {
			g.people[name] = one.person
			one.person.keys = append(one.person.keys, key)
		}
	}
}

// converse sees to it that the entry's conversation exists.
func (g *reception) converse(one *entry) {
	channelID := one.arrival.ChannelID
	if channelID == "" && !one.arrival.Apart {
		return
	}
	conversation := one.person.conversations[channelID]
	if conversation == nil {
		conversation = &conversationRef{id: chat.NewID(), isNew: true}
		one.person.conversations[channelID] = conversation
		one.to.NewConversation = true
	}
	one.to.ConversationID = conversation.id
}

// sortedPeople are all people of the group, in the order in which their rows are locked.
func (g *reception) sortedPeople() []*person {
	seen := map[*person]bool{}
	var all []*person
	for _, one := range g.entries {
		if one.person != nil && !seen[one.person] {
			seen[one.person] = true
			all = append(all, one.person)
		}
	}
	slices.SortFunc(all, func(a, b *person) int { return cmp.Compare(a.contactID, b.contactID) })
	return all
}
