package typebot

import (
	"strings"
	"unicode/utf8"
)

const (
	// separators are what people write between two commands on one line.
	separators = ",;"
	// mostMarks is how many marks around a command are looked at.
	mostMarks = 8
)

// strayBraces gives the length of closing braces too many, as in #{"queueId":1}}.
func strayBraces(rest string) int {
	length := 0
	for {
		next := skipInvisible(rest, length)
		if next >= len(rest) || rest[next] != '}' {
			return length
		}
		length = next + 1
	}
}

// marksAround compares the marks that end the text before a command with those that begin the text behind it.
// It gives the lengths of both if they mirror each other (**x**, [x](url), `x`), else zeros.
func marksAround(before, behind string) (opening, closing int) {
	for count := 0; count < mostMarks && opening < len(before); count++ {
		mark, size := utf8.DecodeLastRuneInString(before[:len(before)-opening])
		if !isMark(mark) {
			break
		}
		length := closeOf(mark, behind[closing:])
		if length == 0 {
			break
		}
		opening += size
		closing += length
	}
	return opening, closing
}

// closeOf gives the length of what closes a mark at the beginning of text; 0 if it does not stand there.
func closeOf(mark rune, text string) int {
	if mark != '[' {
		if strings.HasPrefix(text, string(mark)) {
			return 1
		}
		return 0
	}
	if !strings.HasPrefix(text, "](") {
		return 0
	}
	const open = len("](")
	// A flow editor turns a command into a link whose address is the command again; its own ")" must not end the link.
	if body := strings.TrimLeft(text[open:], "#"); strings.HasPrefix(body, "{") {
		end := len(text) - len(body) + max(balancedEnd(body), 0)
		if strings.HasPrefix(text[end:], ")") {
			return end + 1
		}
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.IndexByte(line, ')') + 1
}
