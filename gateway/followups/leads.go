package followups

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// leadView is a conversation with its follow-ups, in the form of followups-api.md.
type leadView struct {
	Contact      leadContact      `json:"contact"`
	Conversation leadConversation `json:"conversation"`
	FollowUps    []leadFollowUp   `json:"followups" doc:"os que correspondem ao filtro"`
	TotalPending int64            `json:"totalPending" doc:"todos os pendentes da conversa"`
}

type leadContact struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	PhoneNumber string `json:"phoneNumber" doc:"só dígitos"`
}

type leadConversation struct {
	ID            string     `json:"id"`
	LastMessageAt *time.Time `json:"lastMessageAt" doc:"a mais nova, do cliente ou nossa"`
}

type leadFollowUp struct {
	ID           string              `json:"id"`
	RuleName     string              `json:"ruleName"`
	ScheduledFor time.Time           `json:"scheduledFor"`
	Status       flows.FollowUpState `json:"status"`
	Attempt      int                 `json:"attempt"`
}

func viewLead(lead flows.Lead) leadView {
	return leadView{
		Contact:      leadContact{ID: lead.ContactID, Name: lead.ContactName, PhoneNumber: briefs.Digits(lead.ContactPhone)},
		Conversation: leadConversation{ID: lead.ConversationID, LastMessageAt: web.When(lead.LastMessageAt)},
		FollowUps: web.Viewed(lead.FollowUps, func(f flows.LeadFollowUp) leadFollowUp {
			return leadFollowUp{ID: f.ID, RuleName: f.FlowName, ScheduledFor: f.DueAt.UTC(), Status: f.State, Attempt: f.Attempt}
		}),
		TotalPending: lead.Pending,
	}
}

type leadsIn struct {
	Status string `query:"status" enum:"PENDING,SENT,FAILED,CANCELLED,RESPONDED" doc:"PENDING se não for dado"`
	RuleID string `query:"ruleId" doc:"UUID da regra (ou do modelo, da configuração, do fluxo)"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"1000 se não for dado"`
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor da página anterior"`
}

// listLeads lists who has follow-ups: whose next is due first, or for the other states whose ended last.
func (h *Handlers) listLeads(ctx context.Context, in *leadsIn) (*web.Answer[[]leadView], error) {
	after, err := readPlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	page := web.OpenPage(in.Limit)
	filter := chat.LeadFilter{State: in.Status, After: after, Limit: web.Ahead(page).Limit}
	if in.RuleID != "" {
		ref, understood := chat.ParseRef(in.RuleID)
		if !understood {
			return nil, fault.Field("ruleId", "esperava um UUID ou um número inteiro a partir de 1")
		}
		if filter.FlowID, err = h.ruleID(ctx, ref); err != nil {
			return nil, err
		}
		if filter.FlowID == "" {
			return web.Listed[flows.Lead](nil, page, viewLead, nil), nil
		}
	}
	leads, err := h.Store.Leads(ctx, web.TenantOf(ctx), filter)
	if err != nil {
		return nil, err
	}
	return web.Listed(leads, page, viewLead, func(lead flows.Lead) string {
		return placeText(lead.FollowUps[0].ListedAt, lead.FollowUps[0].ID)
	}), nil
}
