package followups

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// After a restore, what was due between the backup and then is held: it may have been sent already. People look at it here, and
// let it go or cancel it.

type heldView struct {
	ID             string    `json:"id"`
	Kind           string    `json:"kind" enum:"followup,flow,message" doc:"follow-up agendado, outra espera de um fluxo, ou mensagem na fila"`
	ScheduledFor   time.Time `json:"scheduledFor" doc:"quando venceu"`
	ContactID      string    `json:"contactId"`
	ContactName    string    `json:"contactName"`
	ContactPhone   string    `json:"contactPhone"`
	ConversationID string    `json:"conversationId"`
	ChannelID      string    `json:"instanceId"`
	FlowID         string    `json:"ruleId,omitempty"`
	FlowName       string    `json:"ruleName,omitempty"`
	FollowUpID     string    `json:"followupId,omitempty"`
	Reason         string    `json:"reason"`
}

func viewHeld(one desk.ForReview) heldView {
	kind := "flow"
	switch {
	case one.Message:
		kind = "message"
	case one.FollowUpID != "":
		kind = "followup"
	}
	return heldView{ID: one.ID, Kind: kind, ScheduledFor: one.DueAt, ContactID: one.ContactID, ContactName: one.ContactName, ContactPhone: one.ContactPhone,
		ConversationID: one.ConversationID, ChannelID: one.ChannelID, FlowID: one.FlowID, FlowName: one.FlowName, FollowUpID: one.FollowUpID, Reason: desk.HeldReason}
}

type reviewIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"1000 se não for dado"`
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor da página anterior"`
}

// listReview lists what is held, what was due first before.
func (h *Handlers) listReview(ctx context.Context, in *reviewIn) (*web.Answer[[]heldView], error) {
	after, err := readPlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	page := web.OpenPage(in.Limit)
	rows, err := h.Store.ForReview(ctx, web.TenantOf(ctx), desk.ReviewFilter{After: after, Limit: web.Ahead(page).Limit})
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewHeld, func(one desk.ForReview) string {
		return placeText(one.DueAt, one.ID)
	}), nil
}

type decideIn struct {
	Body struct {
		IDs []string `json:"ids,omitempty" maxItems:"1000" nullable:"false" doc:"ids da lista; informe ids ou all"`
		All bool     `json:"all,omitempty" doc:"tudo o que está retido"`
	}
}

// wanted are the ids that are meant; none means all.
func (in *decideIn) wanted() ([]string, error) {
	if in.Body.All == (len(in.Body.IDs) > 0) {
		return nil, fault.Field("ids", "informe ids ou all, um dos dois")
	}
	return in.Body.IDs, nil
}

type decided struct {
	Count int `json:"count" doc:"quantos itens estavam retidos e foram liberados ou cancelados"`
}

// releaseReview makes what is held due now. Everything that is checked before a send is checked all the same.
func (h *Handlers) releaseReview(ctx context.Context, in *decideIn) (*web.Answer[decided], error) {
	ids, err := in.wanted()
	if err != nil {
		return nil, err
	}
	released, refs, err := h.Store.ReleaseReviewed(ctx, web.TenantOf(ctx), ids)
	for _, ref := range refs {
		h.Waker.Contact(ref)
	}
	if err != nil {
		return nil, err
	}
	return web.OK(decided{Count: released})
}

// cancelReview ends what is held for good.
func (h *Handlers) cancelReview(ctx context.Context, in *decideIn) (*web.Answer[decided], error) {
	ids, err := in.wanted()
	if err != nil {
		return nil, err
	}
	cancelled, err := h.Store.CancelReviewed(ctx, web.TenantOf(ctx), ids, "cancelado na revisão depois de uma restauração")
	if err != nil {
		return nil, err
	}
	return web.OK(decided{Count: cancelled})
}

// held tells whether a pending follow-up waits for review.
func (h *Handlers) held(f flows.FollowUpView, message chat.Message) bool {
	if message.State == chat.Queued {
		return message.ErrorDetail == desk.HeldReason
	}
	restored := h.Store.RestoredAt()
	return !restored.IsZero() && !f.DueAt.After(restored)
}
