package typebot

import "strings"

// Read finds the commands in the text of one bubble.
//
// A command is "#", optional blanks or invisible characters, and a JSON object. It is acted on if it stands at the start
// of a line; marks around it (*bold*, `code`, a Markdown link) and an earlier command on the same line do not count.
// Text after it stays for the customer. A command inside a sentence is cut out and refused ([HintInline]):
// such a bubble is written for the customer, and a customer's own words echoed in it must not become a command.
// A command is used whole or not at all: one unusable key refuses all of it. The commands beside it are not affected.
// One that is never closed takes everything up to the next line that begins like a command, or up to the end:
// losing a line of text is better than showing half a command.
//
// Text without "#{" comes back unchanged: "#promo", "# Título" and "#sair" are for the customer.
func Read(text string) Reading {
	text = strings.ToValidUTF8(text, "\uFFFD")
	first := firstLookalike(text)
	if first < 0 {
		return Reading{Text: text}
	}
	if len(text) > MaxText {
		return Reading{
			Text:    strings.TrimSpace(text[:first]),
			Refused: []Refusal{tooLong().refusal(text[first:])},
		}
	}
	walk := cutter{in: text, hash: -1}
	return walk.read()
}
