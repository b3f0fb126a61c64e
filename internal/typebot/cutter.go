package typebot

import (
	"bytes"
	"crypto/subtle"
	"slices"
	"strings"
	"unicode/utf8"
)

// cutter walks through a text once, moves it to out, and leaves out whatever looks like a command.
// out never holds "#{": a "{" that would follow a "#" there starts a cut, also when only the cuts brought them together.
type cutter struct {
	rules   Rules
	in      string
	at      int    // how far in is read
	out     []byte // what the customer gets
	line    int    // offset in out where the current line begins
	touched bool   // something was cut out of the current line
	found   int    // how many cuts were made
	tried   int    // how many beginnings were looked at that were none
	reading Reading
}

func newCutter(rules Rules, text string) *cutter { return &cutter{rules: rules, in: text} }

func (c *cutter) read() Reading {
	for c.at < len(c.in) {
		if c.atLineStart() && c.cutTextForms() {
			continue
		}
		r, size := utf8.DecodeRuneInString(c.in[c.at:])
		if r == '{' && c.cut() {
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
	if text != "" && !c.rules.Around {
		c.refuseAll()
	}
	return c.reading
}

func (c *cutter) atLineStart() bool { return c.at == 0 || c.in[c.at-1] == '\n' }

// keep moves one character to out.
func (c *cutter) keep(r rune, size int) {
	next := c.in[c.at : c.at+size]
	c.at += size
	if r == '\n' {
		if dropped := c.endLine(); !dropped {
			c.out = append(c.out, '\n')
		}
		c.line, c.touched = len(c.out), false
		return
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
		return true
	}
	c.out = append(c.out[:c.line], bytes.TrimRight(rest, " \t\u00a0")...)
	return false
}

// readable tells whether a character is more than what is left over around a command that was cut out.
func readable(r rune) bool {
	return !invisible(r) && !isMark(r) && !doubleQuote(r) && !singleQuote(r) && !strings.ContainsRune(`]{}(),;:.\`, r)
}

// cut reads the object at the "{" that c.at stands on, if it begins a command, and takes it with its "#" and the marks
// around it out of the text.
func (c *cutter) cut() bool {
	start, refusal := c.begins()
	if start < 0 {
		return false
	}
	if start > 0 && c.out[start-1] == '\\' { // Markdown writes "\#" where "#" would begin a heading
		start--
	}
	line := bytes.LastIndexByte(c.out[:start], '\n') + 1
	before := string(c.out[line:start])

	c.at += c.take(c.in[c.at:], c.nothingBefore(start), refusal)
	c.at += strayBraces(c.in[c.at:])
	if opening, closing := marksAround(before, c.in[c.at:]); opening > 0 {
		start -= opening
		c.at += closing
	}
	c.out = c.out[:start]
	c.line, c.touched = line, true
	if len(c.out) == line || c.out[len(c.out)-1] == ' ' {
		c.skipBetween()
	}
	return true
}

// begins tells where in out the command begins whose "{" c.at stands on, -1 if it is none, and what is wrong with its
// beginning.
func (c *cutter) begins() (start int, wrong *mistake) {
	if hash := openHash(c.out); hash >= 0 {
		if c.rules.Secret != "" {
			wrong = unsigned()
		}
		return hash, wrong
	}
	if hash, word := openKeyed(c.out); hash >= 0 {
		if c.rules.Secret != "" && subtle.ConstantTimeCompare([]byte(word), []byte(c.rules.Secret)) == 1 {
			return hash, nil
		}
		if c.mayBe(known) {
			return hash, unsigned()
		}
		return -1, nil
	}
	if c.rules.Around && c.rules.Secret == "" && c.mayBe(ofAI) {
		return len(c.out), nil
	}
	return -1, nil
}

// mayBe tells whether a readable object begins here whose first key is of a kind. Only so many are read.
func (c *cutter) mayBe(kind func(key string) bool) bool {
	if c.tried == MaxCommands || !kind(firstKey(c.in[c.at+1:])) {
		return false
	}
	c.tried++
	_, _, wrong := parse(c.in[c.at:])
	return wrong == nil
}

// firstKey is the first word of an object, without its quote.
func firstKey(inside string) string {
	from := strings.IndexFunc(inside, func(r rune) bool { return !between(r) && !doubleQuote(r) && !singleQuote(r) })
	if from < 0 {
		return ""
	}
	inside = inside[from:]
	if end := strings.IndexFunc(inside, func(r rune) bool { return !wordRune(r) }); end >= 0 {
		inside = inside[:end]
	}
	return inside
}

// nothingBefore tells whether the customer reads nothing before an offset of out.
func (c *cutter) nothingBefore(start int) bool { return bytes.IndexFunc(c.out[:start], readable) < 0 }

// take reads one object, notes it as a command or a refusal, and gives its length.
func (c *cutter) take(body string, ahead bool, wrong *mistake) int {
	if c.found == MaxCommands {
		c.refuse(tooMany(), "#"+body, ahead)
		return len(body)
	}
	found, length, unread := parse(body)
	source := "#" + body[:length]
	switch {
	case unread != nil && c.rules.Heard.wroteRaw(source):
		wrong = injected()
	case unread != nil && wrong == nil:
		wrong = unread
	}
	if wrong != nil && unread != nil {
		c.refuse(wrong, source, ahead)
		return length
	}
	c.judge(found, source, ahead, wrong)
	return length
}

// judge decides about an object that could be read.
func (c *cutter) judge(found object, source string, ahead bool, wrong *mistake) {
	if c.rules.Heard.wrote(c.in, found) {
		wrong = injected()
	}
	var command Command
	if wrong == nil {
		command, wrong = commandOf(found)
	}
	if wrong == nil {
		if name := c.rules.forbids(command); name != "" {
			wrong = notAllowed(name)
		}
	}
	if wrong != nil {
		c.refuse(wrong, source, ahead)
		return
	}
	command.Place, command.Ahead = c.found, ahead
	c.found++
	c.reading.Commands = append(c.reading.Commands, command)
}

func (c *cutter) refuse(wrong *mistake, source string, ahead bool) {
	refusal := wrong.refusal(source)
	refusal.Place, refusal.Ahead = c.found, ahead
	c.found++
	c.reading.Refused = append(c.reading.Refused, refusal)
}

// refuseAll takes back every command of a bubble that has text for the customer.
func (c *cutter) refuseAll() {
	for _, command := range c.reading.Commands {
		refusal := around().refusal("#" + command.Source)
		refusal.Place, refusal.Ahead = command.Place, command.Ahead
		c.reading.Refused = append(c.reading.Refused, refusal)
	}
	c.reading.Commands = nil
	slices.SortStableFunc(c.reading.Refused, func(a, b Refusal) int { return a.Place - b.Place })
}

// cutTextForms takes a line of text forms out of the text.
func (c *cutter) cutTextForms() bool {
	line, _, more := strings.Cut(c.in[c.at:], "\n")
	found, whole := textForms(line)
	if !whole || len(c.out) > c.line {
		return false
	}
	var wrong *mistake
	if c.rules.Secret != "" {
		wrong = unsigned()
	}
	for _, one := range found {
		if c.found == MaxCommands {
			c.refuse(tooMany(), line, c.nothingBefore(c.line))
			break
		}
		if c.rules.Heard.wroteForm(c.in, one.text) {
			wrong = injected()
		}
		c.judge(one.means, one.text, c.nothingBefore(c.line), wrong)
	}
	c.at += len(line)
	if more {
		c.at++
	}
	c.touched = true
	return true
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
