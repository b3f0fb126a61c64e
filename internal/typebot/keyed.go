package typebot

import (
	"unicode"
	"unicode/utf8"
)

// longestSecret bounds the word between "#" and "{".
const longestSecret = 64

// secretRune tells the characters of which a bot's secret is made.
func secretRune(r rune) bool {
	return r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// SecretFits tells whether a text can be a bot's secret: 4 to 64 letters, digits, "-" or "_".
func SecretFits(secret string) bool {
	count := 0
	for _, r := range secret {
		if !secretRune(r) {
			return false
		}
		count++
	}
	return count >= 4 && count <= longestSecret
}

// firstKeyed gives the offset of the first "#word{"; -1 if there is none.
func firstKeyed(text string) int {
	hash := -1
	for at, r := range text {
		switch {
		case r == '#':
			hash = at
		case r == '{' && hash >= 0:
			return hash
		case !secretRune(r) && !between(r):
			hash = -1
		}
	}
	return -1
}

// openKeyed gives the offset of the "#" that ends a text but for one word, and the word; -1 if the text does not end so.
func openKeyed(text []byte) (int, string) {
	var word []rune
	for end := len(text); end > 0; {
		r, size := utf8.DecodeLastRune(text[:end])
		end -= size
		switch {
		case r == '#':
			return end, backwards(word)
		case secretRune(r) && len(word) < longestSecret:
			word = append(word, r)
		case !between(r):
			return -1, ""
		}
	}
	return -1, ""
}

func backwards(word []rune) string {
	turned := make([]rune, len(word))
	for i, r := range word {
		turned[len(word)-1-i] = r
	}
	return string(turned)
}
