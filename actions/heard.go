package actions

import (
	"slices"
	"strings"
	"time"

	"retoma/internal/chat"
)

// sameMessage is how far apart the times of one message may lie that was heard in two ways: by its webhook or send, and by
// the platform that asked an assistant about it.
const sameMessage = 10 * time.Minute

// heard is all that was said before a message which is to be answered, in order of time: what the assistant remembers of
// the talk, and what was said on WhatsApp. What was heard in both ways is there once, at the time it had on WhatsApp, and
// the message itself is left out.
func heard(memory, whatsApp []chat.Message, question string, now time.Time) []chat.Message {
	memory = slices.Clone(memory)
	rest := slices.Clone(whatsApp)
	for i := range rest {
		rest[i].At = saidAt(rest[i])
	}
	if i := questionIn(rest, question, now); i >= 0 {
		rest = slices.Delete(rest, i, i+1)
	}
	for i := len(memory) - 1; i >= 0; i-- {
		if same := nearest(rest, memory[i]); same >= 0 {
			memory[i].At = rest[same].At
			rest = slices.Delete(rest, same, same+1)
		}
	}
	for i := len(memory) - 2; i >= 0; i-- { // two clocks do not change the order of a talk
		memory[i].At = earlier(memory[i].At, memory[i+1].At)
	}
	all := slices.Concat(rest, memory)
	slices.SortStableFunc(all, func(a, b chat.Message) int { return a.At.Compare(b.At) })
	return all
}

// questionIn finds the message that is being answered, if it came in on WhatsApp too: the customer's last one with that
// text, if it is recent or nothing was said by the customer since.
func questionIn(messages []chat.Message, question string, now time.Time) int {
	last := true
	for i, message := range slices.Backward(messages) {
		if message.Direction != chat.Inbound || !message.Content.SpeaksForCustomer() {
			continue
		}
		if wordsOf(message) == strings.TrimSpace(question) && (last || now.Sub(message.At) <= sameMessage) {
			return i
		}
		last = false
	}
	return -1
}

// nearest finds the message that is the same as another: said by the same side in the same words at about the same time.
func nearest(messages []chat.Message, wanted chat.Message) int {
	found, least := -1, sameMessage
	for i, message := range messages {
		apart := message.At.Sub(wanted.At).Abs()
		if message.Direction == wanted.Direction && wordsOf(message) == wordsOf(wanted) && apart <= least {
			found, least = i, apart
		}
	}
	return found
}

// wordsOf is what a message said, as far as it was words.
func wordsOf(message chat.Message) string {
	if message.Content.Text == "" && message.Content.Template != nil {
		return strings.TrimSpace(message.Content.Template.Text)
	}
	return strings.TrimSpace(message.Content.Text)
}

// saidAt is when a message was said: one whose result nobody knows has no time but that of its making.
func saidAt(message chat.Message) time.Time {
	if message.At.IsZero() {
		return message.CreatedAt
	}
	return message.At
}
