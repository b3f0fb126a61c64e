package gateway

import (
	"time"

	"retoma/internal/chat"
)

// MessageWait is what a message that is to go waits for.
type MessageWait struct {
	WaitsFor   string     `json:"waitsFor,omitempty" doc:"por que ainda não saiu, se espera por algo além da sua vez"`
	WaitsUntil *time.Time `json:"waitsUntil,omitempty" doc:"até quando espera, se isso é sabido; pode acabar antes"`
}

// waitOfMessage tells from a message with its log what it waits for; nothing of one that does not wait.
func waitOfMessage(m chat.Message) MessageWait {
	if m.State != chat.Queued || len(m.Log) == 0 || m.ErrorDetail == "" {
		return MessageWait{}
	}
	wait := MessageWait{WaitsFor: m.ErrorDetail}
	if until := waitEnd(logOf("message", m.Log), time.Time{}); !until.IsZero() {
		wait.WaitsUntil = when(until)
	}
	return wait
}
