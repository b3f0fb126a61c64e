package briefs

import (
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
)

// MessageWait is what a message that is to go waits for.
type MessageWait struct {
	WaitsFor   string     `json:"waitsFor,omitempty" doc:"por que ainda não saiu, se espera por algo além da sua vez"`
	WaitsUntil *time.Time `json:"waitsUntil,omitempty" doc:"até quando espera, se isso é sabido; pode acabar antes"`
}

// WaitOfMessage tells from a message with its log what it waits for; nothing of one that does not wait.
func WaitOfMessage(m chat.Message) MessageWait {
	if m.State != chat.Queued || len(m.Log) == 0 || m.ErrorDetail == "" {
		return MessageWait{}
	}
	wait := MessageWait{WaitsFor: m.ErrorDetail}
	if until := WaitEnd(LogOf("message", m.Log), time.Time{}); !until.IsZero() {
		wait.WaitsUntil = web.When(until)
	}
	return wait
}

// WaitEnd is when the wait that the log tells of last is over: the end that was written down, which may be long after the
// next look, or the next look if that is later. It is zero for a wait whose end nobody knows; its reason says what ends it.
func WaitEnd(log []LogView, looksAt time.Time) time.Time {
	for i := len(log) - 1; i >= 0; i-- {
		if log[i].Verdict != "later" {
			continue
		}
		text, _ := log[i].Values["until"].(string)
		until, err := time.Parse(time.RFC3339Nano, text)
		switch {
		case err != nil || !until.Before(web.FarFuture()):
			return time.Time{}
		case until.After(looksAt):
			return until
		}
		return looksAt
	}
	return looksAt
}
