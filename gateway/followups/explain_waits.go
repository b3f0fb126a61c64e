package followups

import (
	"fmt"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
)

// waitsUntil is when the message of a follow-up that is due is looked at again; nil unless it waits.
func (h *Handlers) waitsUntil(f flows.FollowUpView) *time.Time {
	if f.State != flows.Pending || !f.WaitsUntil.After(f.DueAt) || !f.WaitsUntil.After(h.Now()) {
		return nil
	}
	return web.When(f.WaitsUntil)
}

// notYet tells of a pending follow-up when it is due, or since when it was and what its message waits for.
func (h *Handlers) notYet(f flows.FollowUpView, message chat.Message, log []briefs.LogView) string {
	reason := lastReason(log)
	if message.State == chat.Queued {
		reason = web.Clause(web.FirstOf(message.ErrorDetail, reason))
	}
	looksAt := h.waitsUntil(f)
	switch {
	case looksAt != nil:
		if until := briefs.WaitEnd(log, *looksAt); !until.IsZero() {
			return fmt.Sprintf("Ainda não foi enviado: era para %s; espera até %s porque %s.", moment(f.DueAt), moment(until), reason)
		}
		return fmt.Sprintf("Ainda não foi enviado: era para %s; espera porque %s.", moment(f.DueAt), reason)
	case f.DueAt.After(h.Now()) && reason != "":
		return fmt.Sprintf("Ainda não foi enviado: está previsto para %s (%s).", moment(f.DueAt), reason)
	case f.DueAt.After(h.Now()):
		return fmt.Sprintf("Ainda não foi enviado: está previsto para %s.", moment(f.DueAt))
	case reason != "":
		return fmt.Sprintf("Ainda não foi enviado: era para %s e sai assim que possível (%s).", moment(f.DueAt), reason)
	}
	return fmt.Sprintf("Ainda não foi enviado: era para %s e sai assim que possível.", moment(f.DueAt))
}
