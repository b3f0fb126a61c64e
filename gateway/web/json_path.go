package web

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// longestPath is the longest path that an answer repeats.
const longestPath = 200

// pathAt is the path of the value that ends at a place of a JSON text, or just before it, as encoding/json tells places
// of numbers that it cannot read: such as messages[0].offset; "body" for the whole, where there is no such value, and where no answer can name it.
func pathAt(body []byte, end int64) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var at place
	for {
		token, err := decoder.Token()
		if err != nil {
			return "body"
		}
		if at.take(token, decoder.InputOffset() >= end-1) {
			return at.path()
		}
	}
}

// place is where a reader of JSON is: one level for each object and list that is open.
type place []level

type level struct {
	isList bool
	index  int
	name   string
	named  bool // the name of a member was read, and its value comes next
}

// take goes one token on. It tells whether this token is the wanted value.
func (p *place) take(token json.Token, wanted bool) bool {
	if delim, isDelim := token.(json.Delim); isDelim {
		switch delim {
		case '{', '[':
			*p = append(*p, level{isList: delim == '['})
		default:
			*p = (*p)[:len(*p)-1]
			p.pass()
		}
		return false
	}
	if inside := len(*p) - 1; inside >= 0 && !(*p)[inside].isList && !(*p)[inside].named {
		(*p)[inside].name, _ = token.(string)
		(*p)[inside].named = true
		return false
	}
	if !wanted {
		p.pass()
	}
	return wanted
}

// pass leaves a value behind.
func (p *place) pass() {
	if inside := len(*p) - 1; inside >= 0 {
		(*p)[inside].index++
		(*p)[inside].named = false
	}
}

func (p *place) path() string {
	path := ""
	for _, level := range *p {
		switch {
		case level.isList:
			path += "[" + strconv.Itoa(level.index) + "]"
		case path == "":
			path = level.name
		default:
			path += "." + level.name
		}
	}
	if path == "" || len(path) > longestPath || !isText(path) {
		return "body"
	}
	return path
}
