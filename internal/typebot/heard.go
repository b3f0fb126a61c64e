package typebot

import (
	"encoding/json"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is kept of a contact's words: WhatsApp's longest text has 4,096 characters.
const (
	longestHeard = 16 << 10 // bytes of one text
	mostPieces   = 12000
)

// Heard is what a contact wrote: recent messages, names, fields. A flow that echoes it in a bubble must not be commanded
// by it. The zero value has heard nothing.
type Heard struct {
	// joined are all texts one behind the other, in each of their readings; ends tells where one stops.
	joined [3]string
	ends   [3]map[int]bool
	// formal are those that hold a quote or a brace: an attempt to write JSON, or a part of it.
	formal [3]string
	starts [3]map[int]bool
	// pieces are the texts and their lines, each on its own.
	pieces []string
	whole  map[string]bool
	// tooMuch tells that there was more than can be compared: then everything counts as the contact's own.
	tooMuch bool
}

// HeardTooMuch is a contact who wrote more than can be compared: nothing commands it.
func HeardTooMuch() *Heard { return &Heard{tooMuch: true} }

// NewHeard takes what the contact wrote, oldest first. The order matters for a command that is split over several messages.
func NewHeard(texts ...string) *Heard {
	heard := &Heard{whole: map[string]bool{}}
	for i := range heard.ends {
		heard.ends[i], heard.starts[i] = map[int]bool{}, map[int]bool{}
	}
	var joined, formal [3]strings.Builder
	for _, text := range texts {
		text = text[:min(len(text), longestHeard)]
		for i, reading := range readings(text) {
			joined[i].WriteString(reading)
			heard.ends[i][joined[i].Len()] = true
			if isFormal(text) {
				heard.starts[i][formal[i].Len()] = true
				formal[i].WriteString(reading)
			}
		}
		for _, line := range append(strings.Split(text, "\n"), text) {
			for _, reading := range readings(line) {
				if reading == "" || heard.whole[reading] {
					continue
				}
				if len(heard.pieces) == mostPieces {
					return HeardTooMuch()
				}
				heard.whole[reading] = true
				heard.pieces = append(heard.pieces, reading)
			}
		}
	}
	for i := range joined {
		heard.joined[i], heard.formal[i] = joined[i].String(), formal[i].String()
	}
	return heard
}

// isFormal tells whether a text holds a brace or a quote, be it in HTML's writing.
func isFormal(text string) bool {
	return strings.IndexFunc(html.UnescapeString(text), func(r rune) bool {
		return r == '{' || r == '}' || doubleQuote(r) || singleQuote(r)
	}) >= 0 || strings.Contains(text, `\u00`)
}

// began tells whether the contact wrote the beginning of a key with its value where JSON has one: what Markdown made of the
// rest, nobody can tell.
func (h *Heard) began(name, content string) bool {
	first, size := utf8.DecodeRuneInString(content)
	text := name + ":"
	if size > 0 {
		text += string(first)
	}
	for i, formal := range h.formal {
		for from := 0; ; {
			at := strings.Index(formal[from:], text)
			if at < 0 {
				break
			}
			at += from
			if h.starts[i][at] || strings.IndexByte("{,#", formal[at-1]) >= 0 {
				return true
			}
			from = at + 1
		}
	}
	return false
}

// wrote tells whether an object in a bubble, or a key of it that acts, is the contact's own text. Values alone are not: a
// flow may hand an answer on (vars), and "1" is nobody's.
func (h *Heard) wrote(bubble string, found object) bool {
	if h.silent() {
		return false
	}
	if h.tooMuch {
		return true
	}
	shown := plain(bubble)
	covered := h.cover(shown)
	if supplies(shown, "#{", covered) {
		return true // the beginning of a command came in with an answer: nobody knows where it would end
	}
	free(shown, covered, found)
	for key, value := range found {
		if usualKey(key) == keyVars {
			continue
		}
		name, content := plain(string(encode(key))), plain(string(value))
		if h.says(name+":"+content) || h.began(name, content) || supplies(shown, name+":", covered) || h.answered(name) && h.answered(content) {
			return true
		}
	}
	return false
}

// answered tells whether a text is a whole answer of the contact.
func (h *Heard) answered(text string) bool { return h.whole[text] }

// wroteForm tells whether a text form, such as #close, is the contact's own.
func (h *Heard) wroteForm(bubble, form string) bool {
	if h.silent() {
		return false
	}
	if h.tooMuch {
		return true
	}
	shown := plain(bubble)
	form = plain(form)
	return h.says(form) || supplies(shown, form, h.cover(shown))
}

// wroteRaw tells whether something that could not be read is the contact's own text.
func (h *Heard) wroteRaw(command string) bool {
	text := strings.Trim(plain(command), "#{}")
	return h != nil && (h.tooMuch || text != "" && h.says(text))
}

// silent tells whether the contact has said nothing that is known.
func (h *Heard) silent() bool { return h == nil || !h.tooMuch && len(h.pieces) == 0 }

// says tells whether the contact wrote a text; a longer number or word that only begins with it does not count.
func (h *Heard) says(text string) bool {
	for i, joined := range h.joined {
		for from := 0; ; {
			at := strings.Index(joined[from:], text)
			if at < 0 {
				break
			}
			end := from + at + len(text)
			next, _ := utf8.DecodeRuneInString(joined[end:])
			if end == len(joined) || h.ends[i][end] || !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				return true
			}
			from += at + 1
		}
	}
	return false
}

// cover marks the bytes of a bubble that some whole answer of the contact accounts for. A colon needs more than itself:
// people write smileys.
func (h *Heard) cover(shown string) []bool {
	covered := make([]bool, len(shown))
	for _, piece := range h.pieces {
		if len(piece) > len(shown) || piece == ":" {
			continue
		}
		for from := 0; ; {
			at := strings.Index(shown[from:], piece)
			if at < 0 {
				break
			}
			for i := from + at; i < from+at+len(piece); i++ {
				covered[i] = true
			}
			from += at + len(piece)
		}
	}
	return covered
}

// free leaves the values that a flow hands on (vars) to whoever wrote them: a key in there is only a value's name.
func free(shown string, covered []bool, found object) {
	for key, value := range found {
		if usualKey(key) != keyVars {
			continue
		}
		values := plain(string(value))
		if at := strings.Index(shown, values); at >= 0 {
			clear(covered[at : at+len(values)])
		}
	}
}

// supplies tells whether a key with its colon stands somewhere in the bubble where answers of the contact account for all of
// it: the key came in with a variable, perhaps split over several answers.
func supplies(shown, name string, covered []bool) bool {
	for from := 0; ; {
		at := strings.Index(shown[from:], name)
		if at < 0 {
			return false
		}
		whole := true
		for i := from + at; i < from+at+len(name); i++ {
			whole = whole && covered[i]
		}
		if whole {
			return true
		}
		from += at + 1
	}
}

// textObject is an object for what is not JSON: one key, one value.
func textObject(key, value string) object {
	return object{key: json.RawMessage(encode(value))}
}
