package meta

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxDepth is far above what Meta nests (about 12), and far below what could exhaust a stack.
const maxDepth = 64

// readJSON reads a document of the provider. gjson is used because it walks whatever shape it is given, in a third of
// encoding/json's time (BenchmarkParse: 6 against 17 microseconds). It answers from broken text too, so the text is
// checked first; and its check is recursive, so the depth is checked before that.
func readJSON(raw []byte) (gjson.Result, bool) {
	if tooDeep(raw) || !gjson.ValidBytes(raw) {
		return gjson.Result{}, false
	}
	return gjson.ParseBytes(raw), true
}

func tooDeep(raw []byte) bool {
	if bytes.Count(raw, []byte{'{'})+bytes.Count(raw, []byte{'['}) <= maxDepth {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch {
		case quoted && raw[i] == '\\':
			i++
		case raw[i] == '"':
			quoted = !quoted
		case quoted:
		case raw[i] == '{' || raw[i] == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case raw[i] == '}' || raw[i] == ']':
			depth--
		}
	}
	return false
}

// each walks an object's members or an array's items; it does nothing for anything else.
func each(value gjson.Result, visit func(key string, member gjson.Result)) {
	if value.Type != gjson.JSON {
		return
	}
	value.ForEach(func(key, member gjson.Result) bool {
		visit(key.Str, member)
		return true
	})
}

// textOf gives a string or number as text, because ids come as either; anything else is empty.
func textOf(value gjson.Result) string {
	switch value.Type {
	case gjson.String:
		return clean(value.Str)
	case gjson.Number:
		return value.Raw
	}
	return ""
}

// idOf is textOf without surrounding space: Meta's own examples have wa_ids that end in a space.
func idOf(value gjson.Result) string { return strings.TrimSpace(textOf(value)) }

// clean makes a text storable: PostgreSQL keeps neither NUL nor broken UTF-8.
func clean(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}

// plain gives a value as encoding/json would, with clean texts. Integers that a float64 cannot hold become text.
func plain(value gjson.Result) any {
	switch value.Type {
	case gjson.String:
		return clean(value.Str)
	case gjson.Number:
		return number(value)
	case gjson.True:
		return true
	case gjson.False:
		return false
	case gjson.JSON:
		if value.IsArray() {
			return list(value)
		}
		return object(value)
	}
	return nil
}

func number(value gjson.Result) any {
	const exact = 1 << 53
	if math.IsInf(value.Num, 0) || math.Abs(value.Num) > exact {
		return value.Raw
	}
	return value.Num
}

func list(value gjson.Result) []any {
	items := []any{}
	each(value, func(_ string, item gjson.Result) { items = append(items, plain(item)) })
	return items
}

func object(value gjson.Result) map[string]any {
	members := map[string]any{}
	each(value, func(key string, member gjson.Result) { members[clean(key)] = plain(member) })
	return members
}

// instantOf reads a timestamp: seconds (10 digits) or milliseconds (13), as text or number.
// One that cannot be read gives the fallback, because the message matters more than its time.
func instantOf(value gjson.Result, fallback time.Time) time.Time {
	const firstMillis, lastMillis = 100_000_000_000, 100_000_000_000_000
	written := idOf(value)
	count, err := strconv.ParseInt(written, 10, 64)
	if err != nil && value.Type == gjson.Number {
		count = int64(math.Max(0, math.Min(value.Num, lastMillis)))
	}
	switch {
	case count <= 0 || count >= lastMillis:
		return fallback
	case count >= firstMillis:
		return time.UnixMilli(count).UTC()
	}
	return time.Unix(count, 0).UTC()
}
