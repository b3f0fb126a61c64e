package typebot

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain reduces a text to what tells whether two texts say the same command: letters and digits without case, and the
// characters that give JSON its form. Quotes, blanks, marks, escapes and all other punctuation go, because editors,
// Markdown and programs change them on the way; "=" counts as ":" (#queue=5).
func plain(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		if r == '\\' {
			char, length := escaped(text[at:])
			at += length
			if r = char; length == 0 {
				continue
			}
		}
		switch {
		case r == '=':
			out.WriteByte(':')
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			out.WriteRune(unicode.ToLower(r))
		case strings.ContainsRune(":{},#", r):
			out.WriteRune(r)
		}
	}
	return out.String()
}

// escaped reads what a backslash begins in JSON: a character, or a blank for those that are one. Of any other backslash,
// only the backslash goes: length 0.
func escaped(rest string) (char rune, length int) {
	if rest == "" {
		return 0, 0
	}
	if strings.IndexByte("bfnrt", rest[0]) >= 0 {
		return ' ', 1
	}
	if rest[0] == 'u' {
		return unicodeEscape(rest)
	}
	return 0, 0
}

// unshown is what Markdown does not show: addresses of links, pictures, tags, and the marks of lists, quotes and headings
// at the beginning of lines.
var unshown = []*regexp.Regexp{
	regexp.MustCompile(`<!--[\s\S]*?-->|<[^<>\n]*>`),
	regexp.MustCompile(`!\[[^\]\n]*\]\([^()\n]*\)`),
	regexp.MustCompile(`\]\([^()\n]*\)|\]\[[^\]\n]*\]`),
	regexp.MustCompile(`(?m)^[ \t]*(?:(?:[-+*>]|\d{1,9}[.)]|#{1,6})[ \t]+)+`),
	regexp.MustCompile(`(?m)^[ \t]*=+[ \t]*$`),
}

// rendered is a text about as Markdown shows it. Typebot reads the value of every variable as Markdown.
func rendered(text string) string {
	for _, pattern := range unshown {
		text = pattern.ReplaceAllString(text, "")
	}
	return text
}

// readings are the ways in which a text that the contact wrote may come out of a bubble.
func readings(text string) [3]string {
	unescaped := html.UnescapeString(text)
	return [3]string{plain(text), plain(unescaped), plain(rendered(unescaped))}
}
