package typebot

import (
	"html"
	"strings"
	"unicode/utf8"
)

// longestKey is how many runes before a colon are looked at: no key that is known has more.
const longestKey = 40

// Telling tells whether a text that a contact wrote holds a command or a part of one, in any dialect or disguise: a brace, a
// quote, a "#", or a known key with its colon. Such texts are worth remembering for long; without one of them in an answer,
// no answers of a contact make a command together.
func Telling(text string) bool {
	if isFormal(text) || firstTextForm(text) >= 0 || firstKeyed(text) >= 0 {
		return true
	}
	for _, reading := range readings(text) {
		if strings.ContainsAny(reading, "#{}") || namesKey(reading) {
			return true
		}
	}
	return strings.Contains(html.UnescapeString(text), "#")
}

// namesKey tells whether a known key stands before some colon of a plain text. Blanks are gone there, so the key may be the end of
// a longer word.
func namesKey(reading string) bool {
	for from := 0; ; {
		at := strings.IndexByte(reading[from:], ':')
		if at < 0 {
			return false
		}
		word := reading[from : from+at]
		for runes := 0; len(word) > 0 && runes < longestKey; runes++ {
			_, size := utf8.DecodeLastRuneInString(word)
			start := len(word) - size
			if known(reading[from+start : from+at]) {
				return true
			}
			word = word[:start]
		}
		from += at + 1
	}
}
