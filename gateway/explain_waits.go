package gateway

import (
	"fmt"
	"strings"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// waitsUntil is when the message of a follow-up that is due is looked at again; nil unless it waits.
func (g *Gateway) waitsUntil(f flows.FollowUpView) *time.Time {
	if f.State != flows.Pending || !f.WaitsUntil.After(f.DueAt) || !f.WaitsUntil.After(g.Now()) {
		return nil
	}
	return when(f.WaitsUntil)
}

// notYet tells of a pending follow-up when it is due, or since when it was and what its message waits for.
func (g *Gateway) notYet(f flows.FollowUpView, message chat.Message, log []logView) string {
	reason := lastReason(log)
	if message.State == chat.Queued {
		reason = clause(firstOf(message.ErrorDetail, reason))
	}
	looksAt := g.waitsUntil(f)
	switch {
	case looksAt != nil:
		if until := waitEnd(log, *looksAt); !until.IsZero() {
			return fmt.Sprintf("Ainda não foi enviado: era para %s; espera até %s porque %s.", moment(f.DueAt), moment(until), reason)
		}
		return fmt.Sprintf("Ainda não foi enviado: era para %s; espera porque %s.", moment(f.DueAt), reason)
	case f.DueAt.After(g.Now()) && reason != "":
		return fmt.Sprintf("Ainda não foi enviado: está previsto para %s (%s).", moment(f.DueAt), reason)
	case f.DueAt.After(g.Now()):
		return fmt.Sprintf("Ainda não foi enviado: está previsto para %s.", moment(f.DueAt))
	case reason != "":
		return fmt.Sprintf("Ainda não foi enviado: era para %s e sai assim que possível (%s).", moment(f.DueAt), reason)
	}
	return fmt.Sprintf("Ainda não foi enviado: era para %s e sai assim que possível.", moment(f.DueAt))
}

// clause makes a sentence go on within another.
func clause(sentence string) string {
	sentence = strings.TrimRight(sentence, ".")
	for article, small := range map[string]string{"A ": "a ", "O ": "o "} {
		if rest, cut := strings.CutPrefix(sentence, article); cut {
			return small + rest
		}
	}
	return sentence
}

// waitEnd is when the wait that the log tells of last is over: the end that was written down, which may be long after the
// next look, or the next look if that is later. It is zero for a wait whose end nobody knows; its reason says what ends it.
func waitEnd(log []logView, looksAt time.Time) time.Time {
	for i := len(log) - 1; i >= 0; i-- {
		if log[i].Verdict != "later" {
			continue
		}
		text, _ := log[i].Values["until"].(string)
		until, err := time.Parse(time.RFC3339Nano, text)
		switch {
		case err != nil || !until.Before(farFuture()):
			return time.Time{}
		case until.After(looksAt):
			return until
		}
		return looksAt
	}
	return looksAt
}
