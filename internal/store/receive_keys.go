package store

import (
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// learn notes keys that nobody has yet, and where a known one is valid. A key that belongs to somebody else is left alone.
func (g *reception) learn(one *person, arrival desk.Arrival, keys []chat.Key) {
	if one == nil {
		return
	}
	for _, key := range keys {
		scoped := chat.ContactKey{Key: key, Scope: scopeOf(key, arrival)}
		switch g.ownerOf(one.tenantID, key) {
		case nil:
			g.changes = append(g.changes, &keyChange{person: one, key: scoped})
			g.give(one, scoped)
		case one:
			g.heal(one, scoped)
		}
	}
}

func (g *reception) give(one *person, key chat.ContactKey) {
	g.people[chat.TenantKey{TenantID: one.tenantID, Key: key.Key}] = one
	one.keys = append(one.keys, key)
}

// holder is the contact under which a key is stored; its owner may have turned out to be another since.
func (g *reception) holder(tenantID string, key chat.Key) string {
	return g.people[chat.TenantKey{TenantID: tenantID, Key: key}].contactID
}

// heal notes where a key is valid that was learned without that, or before the channel was said to be another business's.
func (g *reception) heal(one *person, key chat.ContactKey) {
	for i, known := range one.keys {
		if known.Key == key.Key && known.Scope != key.Scope && key.Scope != "" {
			one.keys[i].Scope = key.Scope
			g.changes = append(g.changes, &keyChange{person: one, key: key, heals: true})
		}
	}
}

// take moves the numbers among the keys from rivals to whoever has them now. It tells whether any was moved.
func (g *reception) take(one *person, rivals []*person, by *entry, keys []chat.Key) bool {
	moved := false
	for _, key := range keys {
		owner := g.ownerOf(one.tenantID, key)
		if !key.Recyclable() || owner == nil || !slices.Contains(rivals, owner) {
			continue
		}
		moved = true
		scoped := chat.ContactKey{Key: key, Scope: scopeOf(key, by.arrival)}
		g.changes = append(g.changes, &keyChange{person: one, key: scoped, was: g.holder(one.tenantID, key)})
		owner.drop(key)
		g.give(one, scoped)
		if key.Kind == chat.KeyPhone {
			g.lose(owner, key.Value, by.intake)
		}
	}
	return moved
}

// lose notes that a number is somebody else's: the routes that are forms of it go too, and the contact is told.
func (g *reception) lose(one *person, phoneKey string, intake int) {
	g.dropRoutesOf(one, phoneKey)
	one.lost, one.lostIn = append(one.lost, phoneKey), intake
	if !slices.Contains(g.losses, one) {
		g.losses = append(g.losses, one)
	}
}

// release frees the old number of somebody who has a new one.
func (g *reception) release(one *person, arrival desk.Arrival) {
	for _, key := range arrival.Keys {
		if !key.Recyclable() || slices.Contains(arrival.Became, key) || g.ownerOf(one.tenantID, key) != one {
			continue
		}
		g.free(one, key)
		if key.Kind == chat.KeyPhone {
			g.dropRoutesOf(one, key.Value)
		}
	}
}

func (g *reception) dropRoutesOf(one *person, phoneKey string) {
	for _, key := range slices.Clone(one.keys) {
		if key.Kind == chat.KeyRoute && chat.PhoneKey(key.Value).Value == phoneKey && chat.IsNumber(key.Value) {
			g.free(one, key.Key)
		}
	}
}

// free takes a key from somebody and gives it to nobody.
func (g *reception) free(one *person, key chat.Key) {
	g.changes = append(g.changes, &keyChange{person: one, key: chat.ContactKey{Key: key}, was: g.holder(one.tenantID, key), gone: true})
	one.drop(key)
	delete(g.people, chat.TenantKey{TenantID: one.tenantID, Key: key})
}

func (p *person) drop(key chat.Key) {
	p.keys = slices.DeleteFunc(p.keys, func(known chat.ContactKey) bool { return known.Key == key })
}

// merge notes that two people are one. The elder stays: its number and its history are the longer known ones.
func (g *reception) merge(one, other *person, intake int) *person {
	if other.contactID < one.contactID {
		one, other = other, one
	}
	other.into = one
	for channelID, conversation := range other.conversations {
		if one.conversations[channelID] == nil {
			one.conversations[channelID] = conversation
			delete(other.conversations, channelID)
		}
	}
	one.keys = append(one.keys, other.keys...)
	g.merges = append(g.merges, merging{stays: one, goes: other, intake: intake})
	return one
}

// tell notes what the event says of the person's address, if that is news; surely, where keys changed hands.
func (e *entry) tell(phone string, keys []chat.Key, surely bool) {
	if e.person.isNew && !surely {
		return
	}
	var news chat.Identity
	if phone != "" && (surely || chat.PhoneKey(e.person.phone) != chat.PhoneKey(phone)) {
		news.Phone = phone
	}
	for _, key := range keys {
		if key.Kind == chat.KeyRoute && (surely || news.Phone != "" || e.person.route == "") {
			news.Route = key.Value
			break
		}
	}
	if news != (chat.Identity{}) {
		e.identity = &news
	}
}
