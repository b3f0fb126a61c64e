package notify

import (
	"strings"
	"unicode/utf16"
)

// textOf is the notification as one plain text of at most the given length.
func textOf(told note, longest int) string {
	return shortened(strings.TrimSpace(told.Subject+"\n"+told.Text), longest)
}

// shortened cuts a text so that it has at most the given length in UTF-16 units, as chat services count.
func shortened(text string, longest int) string {
	length := 0
	cut := 0 // the last place where the text may end and leave room for the ellipsis
	for i, character := range text {
		if length <= longest-1 {
			cut = i
		}
		length += max(utf16.RuneLen(character), 1)
		if length > longest {
			return text[:cut] + "…"
		}
	}
	return text
}
