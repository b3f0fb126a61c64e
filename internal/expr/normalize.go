package expr

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalize makes texts that people type comparable: lower case, without accents, each run of anything that is not
// a letter or digit one space, none at the ends. "  SIM, é isso!" becomes "sim e isso".
func normalize(text string) string {
	var plain strings.Builder
	plain.Grow(len(text))
	gap := false
	for _, character := range norm.NFD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, character):
			continue
		case unicode.IsLetter(character) || unicode.IsDigit(character):
			if gap && plain.Len() > 0 {
				plain.WriteByte(' ')
			}
			gap = false
			plain.WriteRune(unicode.ToLower(character))
		default:
			gap = true
		}
	}
	return plain.String()
}
