package store

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"retoma/internal/chat"
)

// marks are by what a person is found in what is kept of others, of the team and of platforms.
type marks struct {
	Contacts      []string `json:"contacts"` // with those that were merged into the person
	Conversations []string `json:"conversations"`
	// Phones are match keys (see [chat.PhoneKey]), so that a number is found however it is written.
	Phones []string `json:"phones,omitempty"`
	// Texts are ids that are the person's, and long enough to be nobody else's by chance.
	Texts []string `json:"texts,omitempty"`
}

// shortestMark is how long an id must be to be searched for: a CRM's "7" is everywhere.
const shortestMark = 6

func (m *marks) addPhone(number string) {
	if !chat.IsNumber(strings.TrimPrefix(number, "+")) {
		return
	}
	if key := chat.PhoneKey(number).Value; len(key) >= 8 && !slices.Contains(m.Phones, key) {
		m.Phones = append(m.Phones, key)
	}
}

func (m *marks) addKey(key chat.Key) {
	switch {
	case key.Recyclable():
		m.addPhone(key.Value)
	case len(key.Value) >= shortestMark && !slices.Contains(m.Texts, key.Value):
		m.Texts = append(m.Texts, key.Value)
	}
}

// numbers are what may be phone numbers, as people and programs write them.
var numbers = regexp.MustCompile(`\+?\(?[0-9][0-9 ().\-]{6,22}[0-9]`)

// phonesIn finds the person's numbers in a text, as they stand there.
func (m *marks) phonesIn(text string) []string {
	var found []string
	if len(m.Phones) == 0 {
		return nil
	}
	for _, one := range numbers.FindAllString(text, -1) {
		digits := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, one)
		for _, whole := range []string{digits, "55" + digits} {
			if slices.Contains(m.Phones, chat.PhoneKey(whole).Value) {
				found = append(found, one)
				break
			}
		}
	}
	return found
}

// mentions tells whether a text names the person.
func (m *marks) mentions(text string) bool {
	for _, list := range [][]string{m.Texts, m.Contacts, m.Conversations} {
		if slices.ContainsFunc(list, func(mark string) bool { return strings.Contains(text, mark) }) {
			return true
		}
	}
	return len(m.phonesIn(text)) > 0
}

// removed stands where something of a person was.
const removed = "apagado"

// redact takes the person's names out of a text and leaves the rest.
func (m *marks) redact(text string) string {
	for _, phone := range m.phonesIn(text) {
		text = strings.ReplaceAll(text, phone, removed)
	}
	for _, mark := range m.Texts {
		text = strings.ReplaceAll(text, mark, removed)
	}
	return text
}

// cut takes the person's part out of a JSON document: of every list the elements that name the person, as deep as they go. left
// is false if nothing is left that is somebody else's.
func (m *marks) cut(raw string) (rest string, left bool) {
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() {
		return "", false
	}
	cut, some := false, false
	value = m.prune(value, &cut, &some)
	whole, err := json.Marshal(value)
	if err != nil || !cut || !some || m.mentions(string(whole)) {
		return "", false
	}
	return string(whole), true
}

// prune tells with cut that something was taken out, and with some that a list still has elements of others.
func (m *marks) prune(value any, cut, some *bool) any {
	switch typed := value.(type) {
	case map[string]any:
		for name, inner := range typed {
			typed[name] = m.prune(inner, cut, some)
		}
	case []any:
		var kept []any
		for _, inner := range typed {
			within, inside := false, false
			inner = m.prune(inner, &within, &inside)
			raw, err := json.Marshal(inner)
			if err != nil || m.mentions(string(raw)) || within && !inside {
				*cut = true
				continue
			}
			*cut, *some = *cut || within, true
			kept = append(kept, inner)
		}
		if kept == nil {
			kept = []any{}
		}
		return kept
	}
	return value
}
