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
	FollowUps(ctx context.Context, tenantID string, filter chat.FollowUpFilter) ([]flows.FollowUpView, error)
	FollowUp(ctx context.Context, tenantID, id string) (flows.FollowUpView, error)
	CancelFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error)
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
}

// ruleBrief names what a follow-up came from: followups-api.md calls it rule, whatever the authoring format.
type ruleBrief struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type conversationOf struct {
	ID            string `json:"id"`
	ContactNumber string `json:"contactNumber" doc:"telefone, só dígitos"`
	ContactName   string `json:"contactName"`
}

type contactOf struct {
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

func viewPending(f flows.FollowUpView) pendingView {
	return pendingView{
		ID: f.ID, Rule: ruleBrief{ID: f.FlowID, Name: f.FlowName}, Conversation: conversationOfFollowUp(f),
		Contact: contactOf{ID: f.ContactID, Name: f.ContactName}, ScheduledFor: f.DueAt.UTC(), Status: f.State, Attempt: f.Attempt,
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

type pendingIn struct {
	ConversationID string `query:"conversationId" doc:"UUID ou número da conversa"`
	Limit          int    `query:"limit" minimum:"1" maximum:"1000"`
}

// listPending lists the queue by due time. Its error is the one that followups-api.md names.
func (g *Gateway) listPending(ctx context.Context, in *pendingIn) (*Answer[[]pendingView], error) {
	filter := chat.FollowUpFilter{Pending: true, Page: chat.Page{Limit: in.Limit}}
	if filter.Limit == 0 {
		filter.Limit = openLimit
	}
	rows, err := g.followUps(ctx, filter, in.ConversationID)
	if err != nil {
		recordOf(ctx).problem = err
		return nil, &failure{Text: "Erro ao listar pendentes", Code: fault.Internal, status: http.StatusInternalServerError}
	}
	return ok(viewed(rows, viewPending))
}

type historyIn struct {
	ConversationID string `query:"conversationId" doc:"UUID ou número da conversa"`
	Limit          int    `query:"limit" minimum:"1" maximum:"200" doc:"50 se não for dado"`
	Cursor         string `query:"cursor" maxLength:"64"`
}

// listHistory lists what was executed, newest first.
func (g *Gateway) listHistory(ctx context.Context, in *historyIn) (*Answer[[]historyView], error) {
	page := Paging{Limit: in.Limit, Cursor: in.Cursor}.page()
	rows, err := g.followUps(ctx, chat.FollowUpFilter{Page: page}, in.ConversationID)
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewHistory, func(f flows.FollowUpView) string { return f.ID }), nil
}

// followUps lists with an optional conversation; one that does not exist has none.
func (g *Gateway) followUps(ctx context.Context, filter chat.FollowUpFilter, conversation string) ([]flows.FollowUpView, error) {
	if conversation == "" {
		return g.Store.FollowUps(ctx, tenantOf(ctx), filter)
	}
	ref, understood := chat.ParseRef(conversation)
	if !understood {
		return nil, nil
	}
	id, err := g.conversationID(ctx, ref)
	if err != nil || id == "" {
		return nil, err
	}
	filter.ConversationID = id
	return g.Store.FollowUps(ctx, tenantOf(ctx), filter)
}

// conversationID is the id behind a reference; empty if a small number names none.
func (g *Gateway) conversationID(ctx context.Context, ref chat.Ref) (string, error) {
	if ref.ID != "" {
		return ref.ID, nil
	}
	found, err := g.Store.Conversation(ctx, tenantOf(ctx), ref)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return found.ID, err
}

const (
	followUpMissing = "Follow-up não encontrado"
	// reasonCancelled is the cancelReason of a follow-up that a person or a platform cancelled.
	reasonCancelled = "cancelado pela API"
)

// cancelFollowUp ends the run of a pending follow-up. One that was sent already is 400 (followups-api.md, error table).
func (g *Gateway) cancelFollowUp(ctx context.Context, in *byID) (*Said, error) {
	id, err := pathID(in.ID, followUpMissing)
	if err != nil {
		return nil, err
	}
	cancelled, err := g.Store.CancelFollowUp(ctx, tenantOf(ctx), id, reasonCancelled)
	if fault.Is(err, fault.Conflict) {
		recordOf(ctx).problem = err
		return nil, &failure{Text: "Erro ao cancelar follow-up", Code: fault.Conflict, status: http.StatusBadRequest,
			Problems: []problem{{Text: fault.Of(err).Message}}}
	}
	if err != nil {
		return nil, err
	}
	g.Waker.Contact(desk.Ref{TenantID: cancelled.TenantID, ContactID: cancelled.ContactID})
	return said("Follow-up cancelado")
}

func digits(phone string) string {
	kept := make([]byte, 0, len(phone))
	for i := 0; i < len(phone); i++ {
		if phone[i] >= '0' && phone[i] <= '9' {
			kept = append(kept, phone[i])
		}
	}
	return string(kept)
}
