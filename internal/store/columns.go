package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"retoma/internal/chat"
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
	return strings.ReplaceAll(string(raw), `\u0000`, ""), nil
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

// Decision logs are stored as one JSON object a line, so that SQL appends to them without reading them.

func logLines(entries []chat.LogEntry) (string, error) {
	var lines strings.Builder
	for _, entry := range entries {
		line, err := encoded(entry)
		if err != nil {
			return "", err
		}
		lines.WriteString(line)
		lines.WriteByte('\n')
	}
	return lines.String(), nil
}

func readLog(lines string) ([]chat.LogEntry, error) {
	var entries []chat.LogEntry
	for line := range strings.Lines(lines) {
		var entry chat.LogEntry
		if err := decode(strings.TrimSpace(line), &entry); err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}
