package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

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
	erased := map[eventName]bool{}
	for range attempts {
		written, err := s.receiveOnce(ctx, intakes, erased)
		if !errors.Is(err, errRaced) {
			return written, err
		}
	}
	return nil, fault.New(fault.Unavailable, "o banco de dados está ocupado; tente de novo")
}

func (s *Store) receiveOnce(ctx context.Context, intakes []desk.Intake, erased map[eventName]bool) ([]desk.Written, error) {
	var group *reception
	err := s.work(ctx, func(tx transaction) (*batch, error) {
		group = newReception(s, intakes)
		group.erased = erased
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
	s.committed("receive")
	s.teach(ctx, group)
	return group.written, nil
}

// entry is one arrival on its way into the inbox.
type entry struct {
	arrival desk.Arrival
	intake  int
	to      *desk.Accepted
	person  *person
	// fresh tells that the event goes into the inbox: it was not there before, nor earlier in this group.
	fresh bool
	// identity is what the contact is told of its address with the event.
	identity *chat.Identity
}

type conversationRef struct {
	id    string
	isNew bool
}

// reception is one grouped commit in the making.
type reception struct {
	store    *Store
	now      time.Time // of receipt: what a provider tells happened no later
	intakes  []desk.Intake
	written  []desk.Written
	entries  []*entry
	people   map[chat.TenantKey]*person
	byID     map[string]*person
	newNames []*person // in order of making
	changes  []*keyChange
	merges   []merging
	losses   []*person // who lost a number
	statuses []*movedStatus
	received map[string]int64 // mailbox numbers after raising
	inbox    *table           // what goes into the inboxes
	// refusals are what people refused before they were erased, of those whose keys come with this commit.
	refusals map[*person]refusal
	// erased are events that turned out to be repeated of people who were erased: for them nobody is made anew.
	erased map[eventName]bool
}

func newReception(s *Store, intakes []desk.Intake) *reception {
	group := &reception{
		store: s, now: s.now(), intakes: intakes, written: make([]desk.Written, len(intakes)),
		people: map[chat.TenantKey]*person{}, byID: map[string]*person{}, received: map[string]int64{}, inbox: inboxTable(), refusals: map[*person]refusal{},
	}
	for i, intake := range intakes {
		group.written[i].Accepted = make([]desk.Accepted, len(intake.Arrivals))
		for j, arrival := range intake.Arrivals {
			group.entries = append(group.entries, &entry{arrival: storable(arrival), intake: i, to: &group.written[i].Accepted[j]})
		}
		for _, status := range intake.Statuses {
			status.Status.At = notAfter(status.Status.At, group.now)
			group.statuses = append(group.statuses, &movedStatus{arrival: status, intake: i})
		}
	}
	return group
}

// storable makes the texts that a person or a provider chose fit to be looked up and stored.
func storable(arrival desk.Arrival) desk.Arrival {
	arrival.Event.ExternalID = text(arrival.Event.ExternalID)
	arrival.Phone, arrival.Name, arrival.BecamePhone = text(arrival.Phone), text(arrival.Name), text(arrival.BecamePhone)
	arrival.Keys, arrival.Became = storableKeys(arrival.Keys), storableKeys(arrival.Became)
	return arrival
}

func storableKeys(keys []chat.Key) []chat.Key {
	keys = slices.Clone(keys)
	for i := range keys {
		keys[i].Value = text(keys[i].Value)
	}
	return keys
}

// lookUp finds who is known, which conversations exist, and which events were here before.
func (g *reception) lookUp(ctx context.Context, tx transaction) error {
	events := newTable("n bigint", "channel_id text", "external_id text")
	byKey := newTable("n bigint", "channel_id text", "tenant_id text", "kind text", "value text")
	byID := newTable("n bigint", "channel_id text", "tenant_id text", "id text")
	for n, one := range g.entries {
		g.lookUpPerson(n, one.arrival, byKey, byID)
		if one.arrival.Event.ExternalID != "" {
			events.add(n, one.arrival.ChannelID, one.arrival.Event.ExternalID)
		}
	}
	var work batch
	work.read(byID, g.know, lookUpByID)
	work.read(byKey, g.know, lookUpByKey)
	work.read(events, func(row scanner) error {
		var n int
		var eventID, contactID string
		if err := row.Scan(&n, &eventID, &contactID); err != nil {
			return err
		}
		to := g.entries[n].to
		to.Duplicate, to.EventID, to.ContactID = true, eventID, contactID
		return nil
	}, `SELECT v.n, inbox.id, inbox.contact_id FROM {v,} inbox
		WHERE inbox.channel_id = v.channel_id AND inbox.external_id = v.external_id AND inbox.external_id <> ''`)
	if work.empty() {
		return nil
	}
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	if err := g.followMerged(ctx, tx); err != nil {
		return err
	}
	if err := g.knowErased(ctx, tx); err != nil {
		return err
	}
	return g.introduce()
}

// A look-up reads the contact, its conversation on the arrival's channel, and everything it is known by, so that it can be
// told whether another id is a stranger's.
const (
	known = `SELECT v.n, c.id, c.phone, c.route, c.merged_into, COALESCE(t.id, ''), COALESCE(k.kind, ''), COALESCE(k.value, ''), COALESCE(k.scope, '')`

	knownBy = ` LEFT JOIN contact_keys k ON k.contact_id = c.id LEFT JOIN conversations t ON t.contact_id = c.id AND t.channel_id = v.channel_id`

	lookUpByID  = known + " FROM {v,} contacts c" + knownBy + " WHERE c.id = v.id AND c.tenant_id = v.tenant_id AND c.erased_at = 0"
	lookUpByKey = known + " FROM {v,} contact_keys n JOIN contacts c ON c.id = n.contact_id" + knownBy +
		" WHERE n.tenant_id = v.tenant_id AND n.kind = v.kind AND n.value = v.value"
)

func (g *reception) lookUpPerson(n int, arrival desk.Arrival, byKey, byID *table) {
	if arrival.ContactID != "" {
		byID.add(n, arrival.ChannelID, arrival.TenantID, arrival.ContactID)
	}
	if arrival.ContactID != "" && !arrival.Evidence {
		return
	}
	for _, keys := range [][]chat.Key{arrival.Keys, arrival.Became} {
		for _, key := range keys {
			byKey.add(n, arrival.ChannelID, arrival.TenantID, string(key.Kind), key.Value)
		}
	}
}

// introduce decides for each entry who it is about, and makes up the people who are not known.
func (g *reception) introduce() error {
	g.markFresh()
	for _, one := range g.entries {
		if err := g.introduceOne(one); err != nil {
			return err
		}
		if one.person != nil {
			g.converse(one)
		}
	}
	// Who was found to be somebody else further on is so for what came before, too.
	for _, one := range g.entries {
		if one.person != nil {
			one.person = one.person.now()
			one.to.ContactID, one.to.NewContact = one.person.contactID, one.person.isNew
		}
	}
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
	var named *person
	if arrival.ContactID != "" {
		if named = g.byID[arrival.ContactID].now(); named == nil {
			return fault.New(fault.NotFound, "contato não encontrado")
		}
	}
	switch {
	case named == nil && len(arrival.Keys) == 0:
		return fault.New(fault.Invalid, "o evento não diz de quem é")
	case !one.fresh:
		// What was here before teaches nothing any more; the keys may be somebody else's by now.
		one.person = named
		if named == nil {
			one.person = g.firstOwner(arrival)
		}
		return nil
	case arrival.Evidence:
		g.identify(one, named)
	case named != nil:
		one.person = named
	default:
		if one.person = g.firstOwner(arrival); one.person == nil && !arrival.NoContact {
			one.person = g.newPerson(arrival)
		}
		g.learn(one.person, arrival, arrival.Keys)
	}
	if one.person == nil && arrival.NoContact {
		return fault.New(fault.NotFound, "contato não encontrado")
	}
	return nil
}

// converse sees to it that the entry's conversation exists.
func (g *reception) converse(one *entry) {
	channelID := one.arrival.ChannelID
	if channelID == "" && !one.arrival.Apart {
		return
	}
	conversation := one.person.conversations[channelID]
	if conversation == nil && !one.fresh {
		return
	}
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
	add := func(one *person) {
		if one != nil && !seen[one] {
			seen[one] = true
			all = append(all, one)
		}
	}
	for _, one := range g.entries {
		add(one.person)
	}
	for _, lost := range g.losses {
		add(lost)
	}
	for _, merge := range g.merges {
		add(merge.stays)
		add(merge.goes)
	}
	slices.SortFunc(all, func(a, b *person) int { return cmp.Compare(a.contactID, b.contactID) })
	return all
}

// notAfter caps a teller's clock by ours.
func notAfter(at, limit time.Time) time.Time {
	if at.After(limit) {
		return limit
	}
	return at
}
