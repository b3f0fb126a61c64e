package briefs

import (
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
)

// LogView is an entry of the decision log as it is shown.
type LogView struct {
	At      time.Time      `json:"at"`
	About   string         `json:"about" enum:"followup,message"`
	Check   string         `json:"check"`
	Verdict string         `json:"verdict"`
	Reason  string         `json:"reason,omitempty"`
	Values  map[string]any `json:"values,omitempty"`
}

// LogOf shows the log of a follow-up or a message.
func LogOf(about string, entries []chat.LogEntry) []LogView {
	return web.Viewed(entries, func(e chat.LogEntry) LogView {
		return LogView{At: e.At.UTC(), About: about, Check: e.Check, Verdict: e.Verdict, Reason: e.Reason, Values: e.Values}
	})
}
