package meta

import (
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

// person is one entry of a value's contacts.
type person struct {
	name, username           string
	waID, userID, parentID   string
	countryCode, identityKey string
}

func readPeople(contacts gjson.Result) []person {
	if !contacts.IsArray() {
		return nil
	}
	var people []person
	each(contacts, func(_ string, contact gjson.Result) {
		var p person
		each(contact, func(key string, member gjson.Result) {
			switch key {
			case "profile":
				p.name = textOf(member.Get("name"))
				p.username = strings.TrimPrefix(idOf(member.Get("username")), "@")
			case "wa_id":
				p.waID = idOf(member)
			case "user_id":
				p.userID = idOf(member)
			case "parent_user_id":
				p.parentID = idOf(member)
			case "country_code":
				p.countryCode = idOf(member)
			case "identity_key_hash":
				p.identityKey = idOf(member)
			}
		})
		people = append(people, p)
	})
	return people
}

// sender is who wrote a message, as the message itself says.
type sender struct{ address, userID, parentID string }

// find gives the contact that is the sender: by id, by a national variant of the number, or because both are alone.
func (s scene) find(from sender) person {
	if known := s.named(from); known != (person{}) || !s.alone {
		return known
	}
	return s.people[0]
}

// named gives the contact that is surely the sender, and not because both are alone: by an id of both, else by a national
// variant of the number.
func (s scene) named(from sender) person {
	for _, p := range s.people {
		if p.is(from) {
			return p
		}
	}
	for _, p := range s.people {
		if p.sharesNumber(from) {
			return p
		}
	}
	return person{}
}

func (p person) is(from sender) bool {
	return from.address != "" && (p.waID == from.address || p.userID == from.address) ||
		from.userID != "" && (p.userID == from.userID || p.waID == from.userID)
}

// sharesNumber tells whether two ways to write a number mean one phone. National variants share their last digits, so most
// strangers are told apart before the numbers are read.
func (p person) sharesNumber(from sender) bool {
	const shared = 6
	if !isPhone(from.address) || !isPhone(p.waID) || len(from.address) < shared || len(p.waID) < shared ||
		from.address[len(from.address)-shared:] != p.waID[len(p.waID)-shared:] {
		return false
	}
	return chat.PhoneKey(from.address) == chat.PhoneKey(p.waID)
}

// identify gives every key of the sender and the phone in E.164. What a message says of itself comes first,
// so that the first route is the address to answer to. No key at all means that nobody can be named.
func identify(from sender, p person) (keys identities, phone string) {
	for _, address := range [...]string{from.address, p.waID} {
		switch {
		case isPhone(address):
			digits := strings.TrimPrefix(address, "+")
			if phone == "" {
				phone = "+" + digits
				keys.add(chat.PhoneKey(digits))
			}
			keys.add(chat.Key{Kind: chat.KeyRoute, Value: address})
		case isScopedID(address):
			keys.add(scopedKey(address))
		}
	}
	for _, id := range [...]string{from.userID, p.userID} {
		if isOpaqueID(id) {
			keys.add(scopedKey(id))
		}
	}
	for _, id := range [...]string{from.parentID, p.parentID} {
		if isOpaqueID(id) {
			keys.add(chat.Key{Kind: chat.KeyParentBSUID, Value: id})
		}
	}
	return keys, phone
}

// scopedKey is a user id's key: an id of the parent portfolio ("US.ENT.118157") is one wherever it stands.
func scopedKey(id string) chat.Key {
	if isScopedID(id) && strings.HasPrefix(id[2:], ".ENT.") {
		return chat.Key{Kind: chat.KeyParentBSUID, Value: id}
	}
	return chat.Key{Kind: chat.KeyBSUID, Value: id}
}

// identities are keys without repetition, in order.
type identities []chat.Key

func (k *identities) add(key chat.Key) {
	for _, known := range *k {
		if known == key {
			return
		}
	}
	if *k == nil {
		*k = make(identities, 0, 3)
	}
	*k = append(*k, key)
}

// isPhone tells whether an address is a number of up to 15 digits (E.164). A value with letters is never a phone.
func isPhone(address string) bool {
	digits := strings.TrimPrefix(address, "+")
	if len(digits) < 5 || len(digits) > 15 {
		return false
	}
	for i := 0; i < len(digits); i++ {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

// isScopedID tells whether a value has the form of a business-scoped user id: country, dot, letters and digits,
// such as "BR.1234" or "US.ENT.118157" (Meta: business-scoped user ids).
func isScopedID(value string) bool {
	if len(value) < 4 || len(value) > 256 || value[2] != '.' || !isUpper(value[0]) || !isUpper(value[1]) {
		return false
	}
	for i := 3; i < len(value); i++ {
		c := value[i]
		if c != '.' && !isUpper(c) && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// isOpaqueID accepts what stands in a field that is a user id by its name, whatever form Meta gives it next:
// printable ASCII without spaces or angle brackets (placeholders).
func isOpaqueID(value string) bool {
	return value != "" && len(value) <= 256 && isHeaderSafe(value) && !strings.ContainsAny(value, "<>")
}
