package expr

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// Path reads one value out of raw JSON by gjson path (https://github.com/tidwall/gjson/blob/master/SYNTAX.md): names and
// indexes with dots, "#" for all items of a list, "#(key==value)" for the first that fits, "\." for a dot in a name.
// Modifiers (@), literals (!) and paths that build new JSON ({ and [) are off: such a path finds nothing, as does any path
// in text that is not whole and valid JSON. Numbers come as float64, whole numbers that a float64 cannot hold as int;
// JSON null is (nil, true).
func Path(raw []byte, path string) (any, bool) {
	if !plainPath(path) || !shallow(raw) || !gjson.ValidBytes(raw) {
		return nil, false
	}
	result := gjson.GetBytes(raw, path)
	if !result.Exists() {
		return nil, false
	}
	if result.Type == gjson.Number {
		return exactNumber(result), true
	}
	return result.Value(), true
}

// exactNumber keeps ids: 2^53 and more are not whole in a float64.
func exactNumber(result gjson.Result) any {
	const largestExact = 1 << 53
	if result.Num < largestExact && result.Num > -largestExact {
		return result.Num
	}
	if whole, err := strconv.Atoi(result.Raw); err == nil {
		return whole
	}
	return result.Num
}

// plainPath refuses paths that compute. The library's own switch for that is a global variable, which a library must not set.
func plainPath(path string) bool {
	if path == "" || len(path) > maxPathBytes || strings.Count(path, ".")+strings.Count(path, "|") > maxPathDots {
		return false
	}
	start, quoted := true, false
	for i := 0; i < len(path); i++ {
		character := path[i]
		if character == '\\' {
			i++
			start = false
			continue
		}
		if character == '"' {
			quoted = !quoted
		}
		if !quoted && (character == '@' || start && strings.IndexByte("!{[", character) >= 0) {
			return false
		}
		start = !quoted && strings.IndexByte(".|(", character) >= 0
	}
	return true
}

// shallow tells whether JSON nests at most maxJSONDepth deep; the recursive parser could exhaust the stack otherwise.
func shallow(raw []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch character := raw[i]; {
		case quoted && character == '\\':
			i++
		case character == '"':
			quoted = !quoted
		case quoted:
		case character == '{' || character == '[':
			if depth++; depth > maxJSONDepth {
				return false
			}
		case character == '}' || character == ']':
			depth--
		}
	}
	return true
}
