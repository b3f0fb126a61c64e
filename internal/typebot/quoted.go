package typebot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordRune tells the characters of unquoted keys and of numbers.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-$.+", r)
}

// quoted rewrites the string at the current place and gives its content. A straight double quote ends a string that
// began with one, as in JSON. Any other quote of the same kind (double or single) ends it only where a string can end:
// before ":", ",", "}", "]" or nothing. So "it's" and “say "hi” keep their inner quotes.
func (r *repairer) quoted() (string, *mistake) {
	opening, size := utf8.DecodeRuneInString(r.in[r.at:])
	r.at += size
	var content strings.Builder
	for r.at < len(r.in) {
		char, size := utf8.DecodeRuneInString(r.in[r.at:])
		r.at += size
		switch {
		case closes(opening, char, r.in[r.at:]):
			r.write(content.String())
			return content.String(), nil
		case char == '\\':
			r.at += unescape(&content, r.in[r.at:])
		default:
			content.WriteRune(char)
		}
	}
	return "", unclosed()
}

// closes tells whether char ends the string that opening began, where rest is what follows.
func closes(opening, char rune, rest string) bool {
	if opening == '"' && char == '"' {
		return true
	}
	if doubleQuote(opening) != doubleQuote(char) || singleQuote(opening) != singleQuote(char) {
		return false
	}
	if !doubleQuote(char) && !singleQuote(char) {
		return false
	}
	next := skipInvisible(rest, 0)
	return next == len(rest) || strings.IndexByte(":,}]", rest[next]) >= 0
}

// unescape reads what follows a backslash and gives how long it is. An escape that JSON does not know stays as written.
func unescape(content *strings.Builder, rest string) int {
	if rest == "" {
		content.WriteByte('\\')
		return 0
	}
	if at := strings.IndexByte("bfnrt", rest[0]); at >= 0 {
		content.WriteByte("\b\f\n\r\t"[at])
		return 1
	}
	if rest[0] == 'u' {
		if char, length := unicodeEscape(rest); length > 0 {
			content.WriteRune(char)
			return length
		}
	}
	if char, size := utf8.DecodeRuneInString(rest); char == '\\' || char == '/' || doubleQuote(char) || singleQuote(char) {
		content.WriteRune(char)
		return size
	}
	content.WriteByte('\\')
	return 0
}
