package store

import (
	"context"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// person is somebody whom the group is about; all entries that name them share one.
type person struct {
	tenantID  string
	contactID string
	isNew     bool
	// phone, name and route are, of somebody new, what is written; of somebody known, what is there.
	phone, name, route string
	// keys are everything that the person is known by, as far as it was looked up.
	keys []chat.ContactKey
	// lost are phone keys that belong to somebody else now.
	lost   []string
	lostIn int // the intake that told so
	// mergedInto is the contact that the looked-up one was merged into before.
	mergedInto string
	// into is whom this person turned out to be, in this group.
	into *person
	// conversations by channel: their ids, and which are new.
	conversations map[string]*conversationRef
}

// keyChange is what becomes of a key with this commit.
type keyChange struct {
	person *person
	key    chat.ContactKey
	// was is the contact that has the key; empty for one that nobody has, and where only the scope is news.
	was string
	// gone tells that nobody has it any more.
	gone bool
	// heals tells that only the scope is news.
	heals    bool
	affected int64
}

// merging is two people who turned out to be one.
type merging struct {
	stays, goes *person
	intake      int
}

// now is who the person turned out to be; nil stays nil.
func (p *person) now() *person {
	for p != nil && p.into != nil {
		p = p.into
	}
	return p
}

// know notes one row of a look-up.
func (g *reception) know(row scanner) error {
	var n int
	var contactID, phone, route, mergedInto, conversationID string
	var key chat.ContactKey
	if err := row.Scan(&n, &contactID, &phone, &route, &mergedInto, &conversationID, &key.Kind, &key.Value, &key.Scope); err != nil {
		return err
	}
	arrival := g.entries[n].arrival
	known := g.byID[contactID]
	if known == nil {
		known = &person{tenantID: arrival.TenantID, contactID: contactID, phone: phone, route: route, mergedInto: mergedInto,
			conversations: map[string]*conversationRef{}}
		g.byID[contactID] = known
	}
	name := chat.TenantKey{TenantID: arrival.TenantID, Key: key.Key}
	if key.Kind != "" && g.people[name] == nil {
		g.people[name] = known
		known.keys = append(known.keys, key)
	}
	if conversationID != "" {
		known.conversations[arrival.ChannelID] = &conversationRef{id: conversationID}
	}
	return nil
}

// followMerged looks up whom those became that were merged before: somebody still knew them by their old id, or a key came
// to them while they were being merged.
func (g *reception) followMerged(ctx context.Context, tx transaction) error {
	for {
		var work batch
		byID := newTable("n bigint", "channel_id text", "tenant_id text", "id text")
		for _, one := range g.byID {
			if one.mergedInto == "" || one.into != nil {
				continue
			}
			for n, entry := range g.entries {
				if entry.arrival.TenantID == one.tenantID {
					byID.add(n, entry.arrival.ChannelID, one.tenantID, one.mergedInto)
				}
			}
		}
		if len(byID.rows) == 0 {
			return nil
		}
		work.read(byID, g.know, lookUpByID)
		if err := tx.run(ctx, &work); err != nil {
			return err
		}
		for _, one := range g.byID {
			if one.mergedInto == "" {
				continue
			}
			if one.into = g.byID[one.mergedInto]; one.into == nil {
				return errRaced
			}
		}
	}
}

func (g *reception) ownerOf(tenantID string, key chat.Key) *person {
	return g.people[chat.TenantKey{TenantID: tenantID, Key: key}].now()
}

// firstOwner is whom the first known key names.
func (g *reception) firstOwner(arrival desk.Arrival) *person {
	for _, key := range arrival.Keys {
		if owner := g.ownerOf(arrival.TenantID, key); owner != nil {
			return owner
		}
	}
	return nil
}

func (g *reception) newPerson(arrival desk.Arrival) *person {
	one := &person{
		tenantID: arrival.TenantID, contactID: chat.NewID(), isNew: true, phone: arrival.Phone, name: arrival.Name,
		conversations: map[string]*conversationRef{},
	}
	g.newNames = append(g.newNames, one)
	g.byID[one.contactID] = one
	return one
}

// identify decides whom a provider's message is about, when all of its keys are one person's: contacts that they name turn
// out to be one. A number is given out again, though, and an id is not: whoever has another id of the same business is
// another person, and has lost the number.
func (g *reception) identify(one *entry, named *person) {
	arrival := one.arrival
	keys := arrival.Keys
	if len(arrival.Became) > 0 {
		g.renumber(one, named)
		return
	}
	told := idsOf(keys, arrival)
	if named != nil && contradict(named.ids(), told) {
		one.person = named // a state of a message to somebody whose number is a stranger's by now
		return
	}
	found, merged := named, false
	var rivals []*person
	for _, owner := range g.owners(arrival.TenantID, keys) {
		switch {
		case owner == found:
		case found == nil && (g.ownsID(owner, keys) || !contradict(owner.ids(), told)):
			found = owner
		case found == nil || contradict(owner.ids(), slices.Concat(told, found.ids())):
			rivals = append(rivals, owner)
		default:
			found, merged = g.merge(found, owner, one.intake), true
		}
	}
	if found == nil {
		if arrival.NoContact {
			return
		}
		found = g.newPerson(arrival)
	}
	moved := g.take(found, rivals, one, keys)
	g.learn(found, arrival, keys)
	one.person = found
	one.tell(arrival.Phone, keys, merged || moved)
}

// renumber gives somebody the number that the provider says they have now. The old one is free for a stranger; the old id
// stays, because ids are not given out again and a late message may still carry it.
func (g *reception) renumber(one *entry, named *person) {
	arrival := one.arrival
	found := named
	if found == nil {
		found = g.firstOwner(desk.Arrival{TenantID: arrival.TenantID, Keys: strongFirst(arrival.Keys)})
	}
	told := idsOf(arrival.Became, arrival)
	var rivals []*person
	for _, owner := range g.owners(arrival.TenantID, arrival.Became) {
		switch {
		case owner == found:
		case contradict(owner.ids(), told):
			rivals = append(rivals, owner)
		case found == nil:
			found = owner
		default:
			found = g.merge(found, owner, one.intake)
		}
	}
	if found == nil {
		if arrival.NoContact {
			return
		}
		arrival.Phone = arrival.BecamePhone
		found = g.newPerson(arrival)
	}
	g.take(found, rivals, one, arrival.Became)
	g.release(found, arrival)
	g.learn(found, arrival, arrival.Became)
	one.person = found
	one.tell(arrival.BecamePhone, arrival.Became, true)
}

// owners are all people that keys name, those with an id before those with a number.
func (g *reception) owners(tenantID string, keys []chat.Key) []*person {
	var all []*person
	for _, key := range strongFirst(keys) {
		if owner := g.ownerOf(tenantID, key); owner != nil && !slices.Contains(all, owner) {
			all = append(all, owner)
		}
	}
	return all
}

func strongFirst(keys []chat.Key) []chat.Key {
	sorted := slices.Clone(keys)
	slices.SortStableFunc(sorted, func(a, b chat.Key) int {
		switch {
		case a.Recyclable() == b.Recyclable():
			return 0
		case b.Recyclable():
			return -1
		}
		return 1
	})
	return sorted
}

func (g *reception) ownsID(owner *person, keys []chat.Key) bool {
	return slices.ContainsFunc(keys, func(key chat.Key) bool {
		return !key.Recyclable() && g.ownerOf(owner.tenantID, key) == owner
	})
}

// ids are the person's ids of businesses.
func (p *person) ids() []chat.ContactKey {
	var ids []chat.ContactKey
	for _, key := range p.keys {
		if key.Kind == chat.KeyBSUID {
			ids = append(ids, key)
		}
	}
	return ids
}

func idsOf(keys []chat.Key, arrival desk.Arrival) []chat.ContactKey {
	var ids []chat.ContactKey
	for _, key := range keys {
		if key.Kind == chat.KeyBSUID {
			ids = append(ids, chat.ContactKey{Key: key, Scope: scopeOf(key, arrival)})
		}
	}
	return ids
}

// contradict tells whether two sets of ids cannot be one person's: both have ids of one business, and none in common. An id
// of which nobody knows the business is taken to be of any: two contacts too many can be joined, one that is two cannot be
// taken apart.
func contradict(ones, others []chat.ContactKey) bool {
	same := false
	for _, one := range ones {
		for _, other := range others {
			switch {
			case one.Key == other.Key:
				return false
			case one.Scope == other.Scope || one.Scope == "" || other.Scope == "":
				same = true
			}
		}
	}
	return same
}

// scopeOf is where a key that an arrival names is valid.
func scopeOf(key chat.Key, arrival desk.Arrival) string {
	switch key.Kind {
	case chat.KeyRoute:
		return arrival.Provider
	case chat.KeyBSUID:
		return arrival.Business
	}
	return ""
}
