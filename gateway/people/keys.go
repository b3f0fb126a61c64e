package people

import (
	"regexp"
	"slices"

	"retoma/internal/chat"
)

// MaxContactText bounds what a contact may hold under one name (ContactChange).
const MaxContactText = 200

// ExternalKeys are ids of other platforms as keys, each once.
func ExternalKeys(ids []string) []chat.Key {
	var keys []chat.Key
	for _, id := range ids {
		if key := (chat.Key{Kind: chat.KeyExternal, Value: id}); id != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

var scopedID = regexp.MustCompile(`^[A-Z]{2}\.[A-Za-z0-9.]{1,253}$`)

// IsScopedID tells whether a text has the form of a business-scoped user id (Meta).
func IsScopedID(text string) bool { return scopedID.MatchString(text) }
