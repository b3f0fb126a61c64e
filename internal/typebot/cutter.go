package typebot

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// cutter walks through a text once, moves it to out, and leaves out whatever looks like a command.
// out never holds "#{": a "{" that would follow a "#" there starts a cut, also when only the cuts brought them together.
type cutter struct {
	in      string
	at      int    // how far in is read
	out     []byte // what the customer gets
	hash    int    // offset in out of a "#" with only invisible characters behind it, -1 if there is none
	line    int    // offset in out where the current line begins
	touched bool   // something was cut out of the current line
	found   int    // how many cuts were made
	reading Reading
}

func (c *cutter) read() Reading {
	for c.at < len(c.in) {
		r, size := utf8.DecodeRuneInString(c.in[c.at:])
		if r == '{' && c.hash >= 0 {
			c.cut()
			continue
		}
		c.keep(r, size)
	}
	c.endLine()
	text := strings.TrimSpace(string(c.out))
	if skipInvisible(text, 0) == len(text) {
		text = ""
	}
	c.reading.Text = text
	return c.reading
}

// keep moves one character to out.
func (c *cutter) keep(r rune, size int) {
	next := c.in[c.at : c.at+size]
	c.at += size
	switch {
	case r == '\n':
		if dropped := c.endLine(); !dropped {
			c.out = append(c.out, '\n')
		}
		c.line, c.touched = len(c.out), false
		return
	case r == '#':
		c.hash = len(c.out)
	case !invisible(r):
		c.hash = -1
	}
	c.out = append(c.out, next...)
}

// endLine tidies a line that held a command; it drops the line if nothing readable is left of it.
func (c *cutter) endLine() (dropped bool) {
	if !c.touched {
		return false
	}
	rest := c.out[c.line:]
	if bytes.IndexFunc(rest, readable) < 0 {
		c.out = c.out[:c.line]
		c.hash = openHash(c.out)
		return true
	}
	c.out = append(c.out[:c.line], bytes.TrimRight(rest, " \t\u00a0")...)
	return false
}

// readable tells whether a character is more than what is left over around a command that was cut out.
func readable(r rune) bool {
	return !invisible(r) && !isMark(r) && !doubleQuote(r) && !singleQuote(r) && !strings.ContainsRune(`]{}(),;:.\`, r)
}

// cut reads the object at the "{" that c.at stands on, and takes it with its "#" and the marks around it out of the text.
func (c *cutter) cut() {
	start := c.hash
	if start > 0 && c.out[start-1] == '\\' { // Markdown writes "\#" where "#" would begin a heading
		start--
	}
	line := bytes.LastIndexByte(c.out[:start], '\n') + 1
	before := string(c.out[line:start])

	body := c.in[c.at:]
	length := c.take(body, startsLine(before))
	c.at += length
	c.at += strayBraces(c.in[c.at:])
	if opening, closing := marksAround(before, c.in[c.at:]); opening > 0 {
		start -= opening
		c.at += closing
	}
	c.out = c.out[:start]
	c.line, c.touched = line, true
	c.hash = openHash(c.out)
	if len(c.out) == line || c.out[len(c.out)-1] == ' ' {
		c.skipBetween()
	}
}

// take reads one object, notes it as a command or a refusal, and gives its length.
func (c *cutter) take(body string, atStart bool) int {
	c.found++
	if c.found > MaxCommands {
		c.refuse(tooMany(), body)
		return len(body)
	}
	found, length, wrong := parse(body)
	if !atStart {
		wrong = inline()
	}
	if wrong == nil {
		var command Command
		if command, wrong = commandOf(found); wrong == nil {
			c.reading.Commands = append(c.reading.Commands, command)
			return length
		}
	}
	c.refuse(wrong, body[:length])
	return length
}

func (c *cutter) refuse(wrong *mistake, body string) {
	c.reading.Refused = append(c.reading.Refused, wrong.refusal("#"+body))
}

// skipBetween passes over what stands between a command and the next thing on its line: blanks, and at the line's
// beginning the separators of a list of commands.
func (c *cutter) skipBetween() {
	rest := c.in[c.at:]
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	atStart := len(c.out) == c.line
	length := strings.IndexFunc(rest, func(r rune) bool {
		return !invisible(r) && (!atStart || !strings.ContainsRune(separators, r))
	})
	if length < 0 {
		length = len(rest)
	}
	c.at += length
}
