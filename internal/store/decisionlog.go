package store

import (
	"encoding/json"
	"strings"
	"time"

	"retoma/internal/chat"
)

// Decision logs are stored as one JSON object a line, so that SQL appends to them without reading them. What was let through
// at one instant, a dozen checks for each message, shares a line: it names the checks, each with the values that it saw, if any:
//
//	{"at":"2026-11-22T18:12:55Z","go":["best_before",{"opt_out":{"optOut":""}},"reach"]}

// wentThrough is the verdict of checks that share a line.
const wentThrough = "go"

// logLine is a line as it is read: one entry, or several checks that let a message through.
type logLine struct {
	chat.LogEntry
	Passed []passedCheck `json:"go"`
}

// passedCheck is the name of a check, alone or with its values.
type passedCheck struct {
	name   string
	values map[string]any
}

// UnmarshalJSON reads "name" or {"name":{values}}.
func (c *passedCheck) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &c.name)
	}
	var named map[string]map[string]any
	if err := json.Unmarshal(raw, &named); err != nil {
		return err
	}
	for name, values := range named {
		c.name, c.values = name, values
	}
	return nil
}

func logLines(entries []chat.LogEntry) (string, error) {
	var lines []byte
	for len(entries) > 0 {
		count := passedTogether(entries)
		var err error
		if lines, err = appendLogLine(lines, entries[:count]); err != nil {
			return "", err
		}
		entries = entries[count:]
	}
	return withoutNUL(string(lines)), nil
}

// passedTogether is how many entries go into the first line.
func passedTogether(entries []chat.LogEntry) int {
	count := 0
	for count < len(entries) && entries[count].Verdict == wentThrough && entries[count].Reason == "" && entries[count].At == entries[0].At {
		count++
	}
	return max(count, 1)
}

func appendLogLine(to []byte, entries []chat.LogEntry) ([]byte, error) {
	if len(entries) == 1 {
		line, err := encoded(entries[0])
		return append(append(to, line...), '\n'), err
	}
	to = append(to, `{"at":"`...)
	to = entries[0].At.AppendFormat(to, time.RFC3339Nano)
	to = append(to, `","go":[`...)
	for i, entry := range entries {
		if i > 0 {
			to = append(to, ',')
		}
		var err error
		if to, err = appendPassed(to, entry); err != nil {
			return to, err
		}
	}
	return append(to, "]}\n"...), nil
}

func appendPassed(to []byte, entry chat.LogEntry) ([]byte, error) {
	name, err := json.Marshal(entry.Check)
	if err != nil || len(entry.Values) == 0 {
		return append(to, name...), err
	}
	values, err := json.Marshal(entry.Values)
	to = append(append(append(to, '{'), name...), ':')
	return append(append(to, values...), '}'), err
}

func readLog(lines string) ([]chat.LogEntry, error) {
	var entries []chat.LogEntry
	for text := range strings.Lines(lines) {
		var line logLine
		if err := decode(strings.TrimSpace(text), &line); err != nil {
			return nil, err
		}
		if len(line.Passed) == 0 {
			entries = append(entries, line.LogEntry)
		}
		for _, passed := range line.Passed {
			entries = append(entries, chat.LogEntry{At: line.At, Check: passed.name, Verdict: wentThrough, Values: passed.values})
		}
	}
	return entries, nil
}
