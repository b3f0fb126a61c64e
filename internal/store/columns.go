package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// millis stores an instant: UTC milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant reads what millis stored.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// madeAt is the column of a row's making: the time that its maker says, else now.
func (s *Store) madeAt(told time.Time) int64 {
	if told.IsZero() {
		return millis(s.now())
	}
	return millis(told)
}

// text makes any text fit to be stored: PostgreSQL has no NUL bytes and demands valid UTF-8.
func text(value string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", ""), "\uFFFD")
}

// encoded gives a value as JSON text.
func encoded(value any) (string, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encoding %T: %w", value, err)
	}
	return withoutNUL(string(raw)), nil
}

// withoutNUL takes out of JSON what a database refuses. A backslash that somebody wrote is two in JSON: what follows those is
// their text and stays.
func withoutNUL(raw string) string {
	const escape = `\u0000`
	at := strings.Index(raw, escape)
	if at < 0 {
		return raw
	}
	var kept strings.Builder
	for ; at >= 0; at = strings.Index(raw, escape) {
		written := raw[:at]
		slashes := len(written) - len(strings.TrimRight(written, `\`))
		kept.WriteString(written)
		if slashes%2 == 1 {
			kept.WriteString(escape)
		}
		raw = raw[at+len(escape):]
	}
	return kept.String() + raw
}

// encodedOrEmpty gives a value as JSON text, and nothing at all for the zero value.
func encodedOrEmpty[T any](value T) (string, error) {
	if reflect.ValueOf(value).IsZero() {
		return "", nil
	}
	return encoded(value)
}

// decode reads JSON text; empty text leaves the value as it is.
func decode(raw string, into any) error {
	if raw == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return fmt.Errorf("decoding %T: %w", into, err)
	}
	return nil
}
