package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Marks finds what no customer may read: "{{" of a variable that nobody filled in, or "#{" of a command, also with invisible
// characters or Markdown's marks in between; empty if there is neither.
func Marks(text string) string {
	if strings.Contains(text, "{{") {
		return "{{"
	}
	return CommandMark(text)
}

// CommandMark finds the "#{" of a command in a text; "#{{" is a "#" before a variable.
func CommandMark(text string) string {
	if at, _ := commandBrace(text); at >= 0 {
		return "#{"
	}
	return ""
}

// WithoutMarks is a text with filled-in values from which the braces are gone that would make such marks: a customer may call
// himself anything.
func WithoutMarks(text string) string {
	for strings.Contains(text, "{{") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "{{", ""), "}}", "")
	}
	for {
		at, size := commandBrace(text)
		if at < 0 {
			return text
		}
		text = text[:at] + text[at+size:]
	}
}

// commandBrace finds the brace of the first command.
func commandBrace(text string) (at, size int) {
	after := false
	for at, r := range text {
		switch {
		case r == '#':
			after = true
		case r == '{' && after:
			if !strings.HasPrefix(text[at:], "{{") {
				return at, utf8.RuneLen(r)
			}
			after = false
		case !unseen(r) && !strings.ContainsRune("*_~`\\", r):
			after = false
		}
	}
	return -1, 0
}

// unseen tells whether a character shows as nothing or as blank.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || r == 0x2800
}

// Unreadable tells whether nobody would see anything of a text.
func Unreadable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !unseen(r) }) < 0
}
