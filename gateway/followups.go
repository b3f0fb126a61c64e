package gateway

import (
	"context"
	"net/http"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type followUpStore interface {
	runStore
	statisticsStore
	FollowUps(ctx context.Context, tenantID string, filter chat.FollowUpFilter) ([]flows.FollowUpView, error)
	FollowUp(ctx context.Context, tenantID, id string) (flows.FollowUpView, error)
	CancelFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error)
	HideFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error)
	PendingByConversations(ctx context.Context, tenantID string, refs []chat.Ref) (map[chat.Ref][]flows.FollowUpView, error)
	Leads(ctx context.Context, tenantID string, filter chat.LeadFilter) ([]flows.Lead, error)
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
}

// ruleBrief names what a follow-up came from: followups-api.md calls it rule, whatever the authoring format.
type ruleBrief struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// pendingView is an item of the queue, in the form of followups-api.md.
type pendingView struct {
	ID           string              `json:"id"`
	Rule         ruleBrief           `json:"rule"`
	Conversation conversationOf      `json:"conversation"`
	Contact      contactOf           `json:"contact"`
	ScheduledFor time.Time           `json:"scheduledFor"`
	WaitsUntil   *time.Time          `json:"waitsUntil,omitempty" doc:"só enquanto a mensagem, já vencida, espera (um limite, uma pausa, um canal fora do ar): quando é vista de novo"`
	Status       flows.FollowUpState `json:"status"`
	Attempt      int                 `json:"attempt"`
	CreatedAt    time.Time           `json:"createdAt"`
}

// historyView is an item of the history, in the form of followups-api.md.
type historyView struct {
	ID           string              `json:"id"`
	Rule         ruleBrief           `json:"rule"`
	Conversation conversationOf      `json:"conversation"`
	Status       flows.FollowUpState `json:"status"`
	ScheduledFor time.Time           `json:"scheduledFor"`
	SentAt       *time.Time          `json:"sentAt,omitempty"`
	MessageID    string              `json:"messageId,omitempty" doc:"id da mensagem no provedor"`
	Attempt      int                 `json:"attempt"`
	CancelledAt  *time.Time          `json:"cancelledAt,omitempty"`
	CancelReason string              `json:"cancelReason,omitempty"`
	RespondedAt  *time.Time          `json:"respondedAt,omitempty"`
	FailedAt     *time.Time          `json:"failedAt,omitempty"`
	ErrorCode    string              `json:"errorCode,omitempty"`
}

func conversationOfFollowUp(f flows.FollowUpView) conversationOf {
	return conversationOf{ID: f.ConversationID, ContactNumber: digits(f.ContactPhone), ContactName: f.ContactName}
}

func (g *Gateway) viewPending(f flows.FollowUpView) pendingView {
	return pendingView{
		ID: f.ID, Rule: ruleBrief{ID: f.FlowID, Name: f.FlowName}, Conversation: conversationOfFollowUp(f),
		Contact: contactOf{ID: f.ContactID, Name: f.ContactName}, ScheduledFor: f.DueAt.UTC(), WaitsUntil: g.waitsUntil(f), Status: f.State, Attempt: f.Attempt,
		CreatedAt: f.CreatedAt.UTC(),
	}
}

func viewHistory(f flows.FollowUpView) historyView {
	return historyView{
		ID: f.ID, Rule: ruleBrief{ID: f.FlowID, Name: f.FlowName}, Conversation: conversationOfFollowUp(f), Status: f.State,
		ScheduledFor: f.DueAt.UTC(), SentAt: when(f.SentAt), MessageID: f.MessageExternalID, Attempt: f.Attempt,
		CancelledAt: when(f.CancelledAt), CancelReason: f.CancelReason, RespondedAt: when(f.RespondedAt),
		FailedAt: when(f.FailedAt), ErrorCode: f.ErrorCode,
	}
}

const (
	followUpMissing = "Follow-up não encontrado"
	// reasonCancelled is the cancelReason of a follow-up that a person or a platform cancelled.
	reasonCancelled = "cancelado pela API"
)

// cancelFollowUp ends the run of a pending follow-up. One that was sent already is 400 (followups-api.md, error table).
func (g *Gateway) cancelFollowUp(ctx context.Context, in *byID) (*Said, error) {
	return g.endFollowUp(ctx, in.ID, g.Store.CancelFollowUp, "Follow-up cancelado")
}

// removeFromQueue cancels a follow-up, if it is not cancelled yet, and keeps it out of the lists.
func (g *Gateway) removeFromQueue(ctx context.Context, in *byID) (*Said, error) {
	return g.endFollowUp(ctx, in.ID, g.Store.HideFollowUp, "Item removido da fila")
}

func (g *Gateway) endFollowUp(ctx context.Context, text string,
	end func(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error), done string,
) (*Said, error) {
	id, err := pathID(text, followUpMissing)
	if err != nil {
		return nil, err
	}
	ended, err := end(ctx, tenantOf(ctx), id, reasonCancelled)
	if fault.Is(err, fault.Conflict) {
		noteProblem(ctx, err)
		return nil, &failure{Text: "Erro ao cancelar follow-up", Code: fault.Conflict, status: http.StatusBadRequest,
			Problems: []problem{{Text: fault.Of(err).Message}}}
	}
	if err != nil {
		return nil, err
	}
	g.Waker.Contact(desk.Ref{TenantID: ended.TenantID, ContactID: ended.ContactID})
	return said(done)
}
