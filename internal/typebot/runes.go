package typebot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// invisible tells whether a character shows as nothing or as blank: spaces, control and format characters (Cf: zero-width
// space, BOM, direction marks), and the few of other categories that editors and phones leave behind.
func invisible(r rune) bool {
	switch {
	case r < 0x80:
		return r <= ' ' || r == 0x7f
	case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zs, r):
		return true
	case unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return true
	}
	return r == 0x2028 || r == 0x2029 || r == 0x2800
}

// doubleQuote and singleQuote tell the quotes that word processors, phones and chat programs put in place of " and '.
func doubleQuote(r rune) bool { return strings.ContainsRune("\"“”„‟″«»＂", r) }
func singleQuote(r rune) bool { return strings.ContainsRune("'‘’‚‛′‹›´＇", r) }

// isMark tells the characters that Markdown and WhatsApp put around marked text; "[" opens a link's label.
func isMark(r rune) bool { return strings.ContainsRune("*_~`[", r) }

// between tells what may stand between a "#" and its "{" without keeping anybody from seeing a command: nothing visible, or
// the marks and backslashes of Markdown.
func between(r rune) bool { return invisible(r) || strings.ContainsRune("*_~`\\", r) }

// skipInvisible gives the offset of the first visible character at or after at; the end of text if there is none.
func skipInvisible(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !invisible(r) {
			break
		}
		at += size
	}
	return at
}

// skipBetween does the same for what may stand between "#" and "{".
func skipBetween(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !between(r) {
			break
		}
		at += size
	}
	return at
}

// firstLookalike gives the offset of the first "#" that only invisible characters and marks separate from a "{"; -1 if there
// is none.
func firstLookalike(text string) int {
	hash := -1
	for at, r := range text {
		switch {
		case r == '#':
			hash = at
		case r == '{' && hash >= 0:
			return hash
		case !between(r):
			hash = -1
		}
	}
	return -1
}

// openHash gives the offset of the "#" that ends a text but for invisible characters and marks; -1 if the text does not end so.
// A "{" that came next would make it look like a command.
func openHash(text []byte) int {
	for end := len(text); end > 0; {
		r, size := utf8.DecodeLastRune(text[:end])
		end -= size
		if r == '#' {
			return end
		}
		if !between(r) {
			return -1
		}
	}
	return -1
}
