package typebot

import (
	"encoding/json"
	"io"
	"strings"
)

// object is a JSON object that was read without doubt: no key twice, at no depth.
type object map[string]json.RawMessage

// decode reads an object with the standard decoder.
func decode(text string) (object, *mistake) {
	var found object
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, invalidJSON(text)
	}
	if wrong := checkShape(text); wrong != nil {
		return nil, wrong
	}
	return found, nil
}

// checkShape refuses what the standard decoder lets pass: a key that occurs twice (the last would silently win),
// and deep nesting. text is valid JSON.
func checkShape(text string) *mistake {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var open []level
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return invalidJSON(text)
		}
		switch value := token.(type) {
		case json.Delim:
			if value == '}' || value == ']' {
				open = open[:len(open)-1]
				continue
			}
			if len(open) > 0 {
				open[len(open)-1].pass()
			}
			if len(open) == MaxDepth {
				return tooDeep()
			}
			open = append(open, level{isObject: value == '{', keyNext: true, keys: map[string]bool{}})
		case string:
			if repeated := open[len(open)-1].accept(value); repeated {
				return ambiguous(value)
			}
		default:
			open[len(open)-1].pass()
		}
	}
}

// level is one object or list that is open while tokens are read.
type level struct {
	isObject bool
	keyNext  bool
	keys     map[string]bool
}

// pass notes a value.
func (l *level) pass() { l.keyNext = true }

// accept notes a string, which is a key or a value, and tells whether it is a key that was there before.
func (l *level) accept(text string) (repeated bool) {
	if !l.isObject || !l.keyNext {
		l.pass()
		return false
	}
	l.keyNext = false
	repeated = l.keys[text]
	l.keys[text] = true
	return repeated
}
