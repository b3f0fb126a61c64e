package briefs

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
)

// MessageWait is what a message that is to go waits for.
type MessageWait struct {
	WaitsFor   string     `json:"waitsFor,omitempty" doc:"por que ainda não saiu, se espera por algo além da sua vez"`
	WaitsUntil *time.Time `json:"waitsUntil,omitempty" doc:"até quando espera, se isso é sabido; pode acabar antes"`
}

// PacedMessage names a message that is to go.
type PacedMessage struct{ TenantID, ChannelID, ContactID, MessageID string }

// Paced tells what of the pace a message waits for at this moment; the reason is empty where it waits for nothing. Such a wait is
// written down nowhere, because it begins and ends all the time. Nil knows nothing of the pace.
type Paced func(ctx context.Context, message PacedMessage) (reason string, until time.Time)

// Longer tells what of the pace a message waits for, if that ends later than what is known otherwise.
func (p Paced) Longer(ctx context.Context, message PacedMessage, now, known time.Time) (reason string, until time.Time) {
	if p == nil {
		return "", time.Time{}
	}
	reason, until = p(ctx, message)
	if reason == "" || !until.After(now) || !until.After(known) {
		return "", time.Time{}
	}
	return reason, until
}

// WaitOfMessage tells from a message with its log, and from the pace, what it waits for; nothing of one that does not wait.
func (p Paced) WaitOfMessage(ctx context.Context, m chat.Message, now time.Time) MessageWait {
	wait := WrittenWait(m)
	if m.State != chat.Queued || wait.WaitsFor != "" && wait.WaitsUntil == nil {
		return wait
	}
	var known time.Time
	if wait.WaitsUntil != nil {
		known = *wait.WaitsUntil
	}
	if reason, until := p.Longer(ctx, PacedMessage{m.TenantID, m.ChannelID, m.ContactID, m.ID}, now, known); reason != "" {
		return MessageWait{WaitsFor: reason, WaitsUntil: web.When(until)}
	}
	return wait
}

// WrittenWait is what a worker wrote down about a message's wait.
func WrittenWait(m chat.Message) MessageWait {
	if m.State == chat.Unconfirmed {
		return evidenceWait(m)
	}
	if m.State != chat.Queued || len(m.Log) == 0 || m.ErrorDetail == "" {
		return MessageWait{}
	}
	wait := MessageWait{WaitsFor: m.ErrorDetail}
	if until := WaitEnd(LogOf("message", m.Log), time.Time{}); !until.IsZero() {
		wait.WaitsUntil = web.When(until)
	}
	return wait
}

// evidenceWait is what an unconfirmed message waits for whose channel goes by evidence; nothing of one that the team decides on.
func evidenceWait(m chat.Message) MessageWait {
	if len(m.Log) == 0 || m.Log[len(m.Log)-1].Verdict != "later" {
		return MessageWait{}
	}
	wait := MessageWait{WaitsFor: m.Log[len(m.Log)-1].Reason}
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
