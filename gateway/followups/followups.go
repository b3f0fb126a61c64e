package followups

import (
	"context"
	"net/http"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// ruleBrief names what a follow-up came from: followups-api.md calls it rule, whatever the authoring format.
type ruleBrief struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// pendingView is an item of the queue, in the form of followups-api.md.
type pendingView struct {
	ID           string                `json:"id"`
	Rule         ruleBrief             `json:"rule"`
	Conversation briefs.ConversationOf `json:"conversation"`
	Contact      briefs.ContactOf      `json:"contact"`
	ScheduledFor time.Time             `json:"scheduledFor"`
	WaitsUntil   *time.Time            `json:"waitsUntil,omitempty" doc:"só enquanto a mensagem, já vencida, espera (um limite, uma pausa, um canal fora do ar): quando é vista de novo"`
	Status       flows.FollowUpState   `json:"status"`
	Attempt      int                   `json:"attempt"`
	CreatedAt    time.Time             `json:"createdAt"`
}

// historyView is an item of the history, in the form of followups-api.md.
type historyView struct {
	ID           string                `json:"id"`
	Rule         ruleBrief             `json:"rule"`
	Conversation briefs.ConversationOf `json:"conversation"`
	Status       flows.FollowUpState   `json:"status"`
	ScheduledFor time.Time             `json:"scheduledFor"`
	SentAt       *time.Time            `json:"sentAt,omitempty"`
	MessageID    string                `json:"messageId,omitempty" doc:"id da mensagem no provedor"`
	Attempt      int                   `json:"attempt"`
	CancelledAt  *time.Time            `json:"cancelledAt,omitempty"`
	CancelReason string                `json:"cancelReason,omitempty"`
	RespondedAt  *time.Time            `json:"respondedAt,omitempty"`
	FailedAt     *time.Time            `json:"failedAt,omitempty"`
	ErrorCode    string                `json:"errorCode,omitempty"`
}

func conversationOfFollowUp(f flows.FollowUpView) briefs.ConversationOf {
	return briefs.ConversationOf{ID: f.ConversationID, ContactNumber: briefs.Digits(f.ContactPhone), ContactName: f.ContactName}
}

func (h *Handlers) viewPending(ctx context.Context, f flows.FollowUpView) pendingView {
	return pendingView{
		ID: f.ID, Rule: ruleBrief{ID: f.FlowID, Name: f.FlowName}, Conversation: conversationOfFollowUp(f),
		Contact: briefs.ContactOf{ID: f.ContactID, Name: f.ContactName}, ScheduledFor: f.DueAt.UTC(), WaitsUntil: h.waitsUntil(ctx, f), Status: f.State, Attempt: f.Attempt,
		CreatedAt: f.CreatedAt.UTC(),
	}
}

func viewHistory(f flows.FollowUpView) historyView {
	return historyView{
		ID: f.ID, Rule: ruleBrief{ID: f.FlowID, Name: f.FlowName}, Conversation: conversationOfFollowUp(f), Status: f.State,
		ScheduledFor: f.DueAt.UTC(), SentAt: web.When(f.SentAt), MessageID: f.MessageExternalID, Attempt: f.Attempt,
		CancelledAt: web.When(f.CancelledAt), CancelReason: f.CancelReason, RespondedAt: web.When(f.RespondedAt),
		FailedAt: web.When(f.FailedAt), ErrorCode: f.ErrorCode,
	}
}

const (
	followUpMissing = "Follow-up não encontrado"
	// reasonCancelled is the cancelReason of a follow-up that a person or a platform cancelled.
	reasonCancelled = "cancelado pela API"
)

// cancelFollowUp ends the run of a pending follow-up. One that was sent already is 400 (followups-api.md, error table).
func (h *Handlers) cancelFollowUp(ctx context.Context, in *web.ByID) (*web.Said, error) {
	return h.endFollowUp(ctx, in.ID, h.Store.CancelFollowUp, "Follow-up cancelado")
}

// removeFromQueue cancels a follow-up, if it is not cancelled yet, and keeps it out of the lists.
func (h *Handlers) removeFromQueue(ctx context.Context, in *web.ByID) (*web.Said, error) {
	return h.endFollowUp(ctx, in.ID, h.Store.HideFollowUp, "Item removido da fila")
}

func (h *Handlers) endFollowUp(ctx context.Context, text string,
	end func(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error), done string,
) (*web.Said, error) {
	id, err := web.PathID(text, followUpMissing)
	if err != nil {
		return nil, err
	}
	ended, err := end(ctx, web.TenantOf(ctx), id, reasonCancelled)
	if fault.Is(err, fault.Conflict) {
		web.NoteProblem(ctx, err)
		return nil, &web.Failure{Text: "Erro ao cancelar follow-up", Code: fault.Conflict, Status: http.StatusBadRequest,
			Problems: []web.Problem{{Text: fault.Of(err).Message}}}
	}
	if err != nil {
		return nil, err
	}
	h.Waker.Contact(desk.Ref{TenantID: ended.TenantID, ContactID: ended.ContactID})
	return web.Say(done)
}
