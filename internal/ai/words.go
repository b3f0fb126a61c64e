package ai

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold makes texts comparable: lower case, without accents and invisible characters, compatible forms as one
// (full-width letters), each run of anything that is no letter or digit one space, none at the ends.
func fold(text string) string {
	var plain strings.Builder
	apart := false
	for _, character := range folded(text) {
		if !isWord(character) {
			apart = true
			continue
		}
		if apart && plain.Len() > 0 {
			plain.WriteByte(' ')
		}
		apart = false
		plain.WriteRune(character)
	}
	return plain.String()
}

// folded is fold that keeps punctuation; spaces become one.
func folded(text string) string {
	var plain strings.Builder
	for _, character := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, character) || unicode.Is(unicode.Cf, character):
		case unicode.IsSpace(character):
			plain.WriteByte(' ')
		default:
			plain.WriteRune(unicode.ToLower(unicode.ToUpper(character)))
		}
	}
	return strings.Join(strings.Fields(plain.String()), " ")
}

func isWord(character rune) bool { return unicode.IsLetter(character) || unicode.IsDigit(character) }

// forbidden finds the first of some words, or groups of words, that a text uses: as whole words, without regard to case
// and accents. What begins or ends with a sign ("R$", "100%") needs no border on that side.
func forbidden(text string, words []string) string {
	within := folded(text)
	for _, word := range words {
		if wanted := folded(word); wanted != "" && hasWhole(within, wanted) {
			return strings.TrimSpace(word)
		}
	}
	return ""
}

func hasWhole(text, wanted string) bool {
	first, _ := utf8.DecodeRuneInString(wanted)
	last, _ := utf8.DecodeLastRuneInString(wanted)
	for from := 0; ; {
		at := strings.Index(text[from:], wanted)
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(wanted)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !(isWord(first) && isWord(before)) && !(isWord(last) && isWord(after)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[start:])
		from = start + size
	}
}
