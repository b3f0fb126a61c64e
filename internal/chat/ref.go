package chat

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Ref names a record as callers do: by its id, or by its small number, each as a JSON string or number.
type Ref struct {
	ID     string
	Number int64
}

// ParseRef reads a reference; ok is false for anything that is neither an id nor a positive number.
func ParseRef(text string) (ref Ref, ok bool) {
	text = strings.TrimSpace(text)
	if IsID(text) {
		return Ref{ID: strings.ToLower(text)}, true
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number <= 0 {
		return Ref{}, false
	}
	return Ref{Number: number}, true
}

// IsZero tells that nothing is named.
func (r Ref) IsZero() bool { return r == Ref{} }

// String gives the reference as a caller would write it.
func (r Ref) String() string {
	if r.ID != "" {
		return r.ID
	}
	return strconv.FormatInt(r.Number, 10)
}

// RefFromJSON reads a reference from a JSON string or number.
func RefFromJSON(raw json.RawMessage) (ref Ref, ok bool) {
	var text string
	if err := json.Unmarshal(raw, &text); err == nil {
		return ParseRef(text)
	}
	return ParseRef(string(raw))
}
