package meta

import "github.com/tidwall/gjson"

// isIdentityChange tells whether a system notice says that somebody is found elsewhere from now on: another number, or for
// people without a number another user id (Meta: system messages webhook; customer_changed_number is its older name).
func isIdentityChange(kind string) bool {
	switch kind {
	case "user_changed_number", "customer_changed_number", "user_changed_user_id":
		return true
	}
	return false
}

// changed gives the keys before and after an identity change. The sender's number is the old one. Its user id is the old
// one only if the notice does not say otherwise: a new number brings a new user id, and "previous_user_id" names the old.
func (s scene) changed(from sender, system gjson.Result) identified {
	next := sender{
		address:  firstText(idOf(system.Get("wa_id")), idOf(system.Get("new_wa_id"))),
		userID:   idOf(system.Get("user_id")),
		parentID: idOf(system.Get("parent_user_id")),
	}
	previous := sender{
		address: from.address, userID: idOf(system.Get("previous_user_id")), parentID: idOf(system.Get("previous_parent_user_id")),
	}
	settle(from.userID, &previous.userID, &next.userID)
	settle(from.parentID, &previous.parentID, &next.parentID)
	who := identified{person: s.named(previous)}
	who.keys, who.phone = identify(previous, who.person)
	after, phone := identify(next, s.named(next))
	who.became, who.becamePhone = after.without(who.keys), phone
	return who
}

// settle takes the sender's own id for the previous or the next one, whichever nobody named.
func settle(own string, previous, next *string) {
	switch {
	case own == "" || own == *previous || own == *next:
	case *previous == "":
		*previous = own
	case *next == "":
		*next = own
	}
}

// without drops keys that are on another list.
func (k identities) without(others identities) identities {
	var kept identities
	for _, key := range k {
		known := false
		for _, other := range others {
			known = known || key == other
		}
		if !known {
			kept = append(kept, key)
		}
	}
	return kept
}
