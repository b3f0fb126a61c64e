package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// progress is which targets have a notification already. It travels in the notification's problem text, because that
// is the one text of a notification that an attempt may write: "… [entregue: 0a1b2c3d4e5f 66778899aabb]".
type progress map[string]bool

const fingerprintLength = 12 // hex digits: 48 bits tell a dozen targets apart, and say nothing about a token

// fingerprint names a target in a stored text without giving it away; the notification's id keeps equal targets of
// different notifications from being recognised.
func fingerprint(notificationID, key string) string {
	sum := sha256.Sum256([]byte(notificationID + "\n" + key))
	return hex.EncodeToString(sum[:])[:fingerprintLength]
}

var delivered = regexp.MustCompile(`\[entregue: ([0-9a-f]{12}(?: [0-9a-f]{12})*)\]$`)

// readProgress finds the fingerprints at the end of a problem text; any other text holds none.
func readProgress(problem string) progress {
	done := progress{}
	found := delivered.FindStringSubmatch(problem)
	if found == nil {
		return done
	}
	for _, mark := range strings.Fields(found[1]) {
		done[mark] = true
	}
	return done
}

// note appends the fingerprints to a text, in order, so that equal progress gives equal text.
func (p progress) note(text string) string {
	if len(p) == 0 {
		return text
	}
	marks := make([]string, 0, len(p))
	for mark := range p {
		marks = append(marks, mark)
	}
	slices.Sort(marks)
	return strings.TrimSpace(text + " [entregue: " + strings.Join(marks, " ") + "]")
}
