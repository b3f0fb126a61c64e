package gateway

import (
	"time"

	"retoma/internal/chat"
)

// logView is an entry of the decision log as it is shown.
type logView struct {
	At      time.Time      `json:"at"`
	About   string         `json:"about" enum:"followup,message"`
	Check   string         `json:"check"`
	Verdict string         `json:"verdict"`
	Reason  string         `json:"reason,omitempty"`
	Values  map[string]any `json:"values,omitempty"`
}

// logOf shows the log of a follow-up or a message.
func logOf(about string, entries []chat.LogEntry) []logView {
	return viewed(entries, func(e chat.LogEntry) logView {
		return logView{At: e.At.UTC(), About: about, Check: e.Check, Verdict: e.Verdict, Reason: e.Reason, Values: e.Values}
	})
}
