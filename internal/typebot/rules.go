package typebot

import (
	"slices"
	"strings"
)

// Rules are what a bot's owner chose, and what is known of the contact. The zero value is the safe default.
type Rules struct {
	// Around lets commands act that stand in a bubble with text for the customer, on lines of their own or inside sentences:
	// they are cut out and the rest is sent. Without it such a bubble is only text, and its commands are refused: what the
	// customer sees often repeats what the customer wrote. It also reads the object that an assistant writes at the end of an
	// answer without "#", such as { "transferQueue": 3 }.
	Around bool
	// Secret, when set, has to stand between "#" and "{" of every command: #k3y{ "followupId": "1" }.
	Secret string
	// Allowed are the usual names of the commands that act, such as followupId, tagId, queueId; nil: all.
	Allowed []string
	// Heard is what the contact wrote: none of it ever commands. nil: nothing is known.
	Heard *Heard
}

// ReadBubble finds the commands in a bubble under these rules; see [ReadBubble].
func (r Rules) ReadBubble(b Bubble) (Reading, error) {
	text, err := b.Text()
	if err != nil {
		return Reading{}, err
	}
	return r.Read(text), nil
}

// Read finds the commands in the text of one bubble under these rules; see [Read].
func (r Rules) Read(text string) Reading {
	text = strings.ToValidUTF8(text, "\uFFFD")
	first := r.firstSuspect(text)
	if first < 0 {
		return Reading{Text: text}
	}
	if len(text) > MaxText {
		return Reading{
			Text:    strings.TrimSpace(text[:first]),
			Refused: []Refusal{tooLong().refusal(shorten(text[first:], shownSource))},
		}
	}
	walk := newCutter(r, text)
	return walk.read()
}

// firstSuspect gives the offset of the first thing that may be a command; -1 if there is none.
func (r Rules) firstSuspect(text string) int {
	first := firstLookalike(text)
	if at := firstTextForm(text); at >= 0 && (first < 0 || at < first) {
		first = at
	}
	if at := firstKeyed(text); at >= 0 && (first < 0 || at < first) {
		first = at
	}
	if at := strings.IndexByte(text, '{'); r.Around && at >= 0 && (first < 0 || at < first) {
		first = at
	}
	return first
}

// allows tells which of a command's names is not on the list; "" if all are.
func (r Rules) forbids(command Command) string {
	if r.Allowed == nil {
		return ""
	}
	for _, name := range command.Names {
		allowed := slices.ContainsFunc(r.Allowed, func(listed string) bool {
			usual := usualKey(listed)
			return usual == name || usual == keyTags && name == keyTag
		})
		if !allowed {
			return name
		}
	}
	return ""
}
