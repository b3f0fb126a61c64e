package typebot

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// repair rewrites an almost-JSON object as JSON: curly or single quotes, keys without quotes, a comma too many, line
// breaks inside strings, marks between the parts. It gives the JSON and how much of body it read.
// It does not guess: a missing value is [HintEmptyVariable], and a value without quotes is refused,
// because where it ends would be up to whatever text a variable brought along.
func repair(body string) (string, int, *mistake) {
	r := repairer{in: body}
	if wrong := r.object(1); wrong != nil {
		return "", 0, wrong
	}
	return r.out.String(), r.at, nil
}

type repairer struct {
	in  string
	at  int
	out strings.Builder
}

// peek passes over blanks and marks and gives the next character; 0 at the end.
func (r *repairer) peek() rune {
	for r.at < len(r.in) {
		char, size := utf8.DecodeRuneInString(r.in[r.at:])
		if !invisible(char) && !strings.ContainsRune("*~`", char) {
			return char
		}
		r.at += size
	}
	return 0
}

// move writes an ASCII character that stands at the current place and goes on.
func (r *repairer) move(char byte) {
	r.out.WriteByte(char)
	r.at++
}

// wrong tells why the current place cannot be read.
func (r *repairer) wrong() *mistake {
	if r.at >= len(r.in) {
		return unclosed()
	}
	return invalidJSON(r.in[r.at:])
}

func (r *repairer) object(depth int) *mistake {
	if depth > MaxDepth {
		return tooDeep()
	}
	r.move('{')
	for count := 0; ; count++ {
		if r.peek() == '}' {
			r.move('}')
			return nil
		}
		if count > 0 {
			r.out.WriteByte(',')
		}
		key, wrong := r.key()
		if wrong != nil {
			return wrong
		}
		if r.peek() != ':' {
			return r.wrong()
		}
		r.move(':')
		if wrong := r.value(key, depth); wrong != nil {
			return wrong
		}
		if wrong := r.separator('}'); wrong != nil {
			return wrong
		}
	}
}

func (r *repairer) list(key string, depth int) *mistake {
	if depth > MaxDepth {
		return tooDeep()
	}
	r.move('[')
	for count := 0; ; count++ {
		if r.peek() == ']' {
			r.move(']')
			return nil
		}
		if count > 0 {
			r.out.WriteByte(',')
		}
		if wrong := r.value(key, depth); wrong != nil {
			return wrong
		}
		if wrong := r.separator(']'); wrong != nil {
			return wrong
		}
	}
}

// separator passes over the comma behind a member; the closing bracket may stand there too and is left in place.
func (r *repairer) separator(closing rune) *mistake {
	switch r.peek() {
	case ',':
		r.at++
		return nil
	case closing:
		return nil
	}
	return r.wrong()
}

func (r *repairer) key() (string, *mistake) {
	first := r.peek()
	if doubleQuote(first) || singleQuote(first) {
		return r.quoted()
	}
	word := r.word()
	if word == "" {
		return "", r.wrong()
	}
	r.write(word)
	return word, nil
}

// value rewrites the value of a key.
func (r *repairer) value(key string, depth int) *mistake {
	switch first := r.peek(); {
	case strings.HasPrefix(r.in[r.at:], "{{"):
		return literalVariable(key)
	case first == '{':
		return r.object(depth + 1)
	case first == '[':
		return r.list(key, depth+1)
	case doubleQuote(first) || singleQuote(first):
		_, wrong := r.quoted()
		return wrong
	case first == ',' || first == '}' || first == ']':
		return emptyValue(key)
	case first == 0:
		return unclosed()
	}
	from := r.at
	word := r.word()
	if word == "" || !json.Valid([]byte(word)) {
		return unquoted(key, r.in[from:])
	}
	r.out.WriteString(word)
	return nil
}

// word reads a run of characters of names and numbers.
func (r *repairer) word() string {
	from := r.at
	for r.at < len(r.in) {
		char, size := utf8.DecodeRuneInString(r.in[r.at:])
		if !wordRune(char) {
			break
		}
		r.at += size
	}
	return r.in[from:r.at]
}

// write adds a string as JSON.
func (r *repairer) write(text string) { r.out.Write(encode(text)) }
