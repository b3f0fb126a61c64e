package followups

import (
	"context"
	"fmt"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// waitsUntil is when the message of a follow-up that is due is looked at again, or may go as far as the pace knows; nil unless
// it waits.
func (h *Handlers) waitsUntil(ctx context.Context, f flows.FollowUpView) *time.Time {
	written := h.looksAt(f)
	var known time.Time
	if written != nil {
		known = *written
	}
	if reason, until := h.paced(ctx, f, known); reason != "" {
		return web.When(until)
	}
	return written
}

// looksAt is when the message of a follow-up that is due is looked at again; nil unless that is written down.
func (h *Handlers) looksAt(f flows.FollowUpView) *time.Time {
	if f.State != flows.Pending || !f.WaitsUntil.After(f.DueAt) || !f.WaitsUntil.After(h.Now()) {
		return nil
	}
	return web.When(f.WaitsUntil)
}

// paced asks the pace about the message of a follow-up that is due.
func (h *Handlers) paced(ctx context.Context, f flows.FollowUpView, known time.Time) (reason string, until time.Time) {
	if f.State != flows.Pending || f.MessageID == "" || f.DueAt.After(h.Now()) {
		return "", time.Time{}
	}
	return h.Paced.Longer(ctx, briefs.PacedMessage{TenantID: f.TenantID, ChannelID: f.ChannelID, ContactID: f.ContactID, MessageID: f.MessageID}, h.Now(), known)
}

// notYet tells of a pending follow-up when it is due, or since when it was and what its message waits for.
func (h *Handlers) notYet(ctx context.Context, f flows.FollowUpView, message chat.Message, log []briefs.LogView, in clock) string {
	if h.held(f, message) {
		return fmt.Sprintf("Ainda não foi enviado: era para %s; %s.", in.moment(f.DueAt), desk.HeldReason)
	}
	reason := lastReason(log)
	if message.State == chat.Queued && message.ErrorDetail != "" {
		reason = message.ErrorDetail
	}
	reason = web.Clause(reason)
	looksAt := h.looksAt(f)
	var known time.Time
	if looksAt != nil {
		known = briefs.WaitEnd(log, *looksAt)
	}
	if message.State == chat.Queued && (looksAt == nil || !known.IsZero()) {
		if why, until := h.paced(ctx, f, known); why != "" {
			return fmt.Sprintf("Ainda não foi enviado: era para %s; espera até %s porque %s.", in.moment(f.DueAt), in.moment(until), web.Clause(why))
		}
	}
	switch {
	case looksAt != nil:
		reason = web.FirstOf(reason)
		if until := known; !until.IsZero() {
			return fmt.Sprintf("Ainda não foi enviado: era para %s; espera até %s porque %s.", in.moment(f.DueAt), in.moment(until), reason)
		}
		return fmt.Sprintf("Ainda não foi enviado: era para %s; espera porque %s.", in.moment(f.DueAt), reason)
	case f.DueAt.After(h.Now()) && reason != "":
		return fmt.Sprintf("Ainda não foi enviado: está previsto para %s (%s).", in.moment(f.DueAt), reason)
	case f.DueAt.After(h.Now()):
		return fmt.Sprintf("Ainda não foi enviado: está previsto para %s.", in.moment(f.DueAt))
	case reason != "":
		return fmt.Sprintf("Ainda não foi enviado: era para %s e sai assim que possível (%s).", in.moment(f.DueAt), reason)
	}
	return fmt.Sprintf("Ainda não foi enviado: era para %s e sai assim que possível.", in.moment(f.DueAt))
}
