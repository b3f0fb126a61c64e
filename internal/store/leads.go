package store

import (
	"context"
	"fmt"

	"retoma/flows"
	"retoma/internal/chat"
)

// Leads lists conversations with follow-ups of a state (followups-api.md, leads-in-automation): with pending ones, whose
// next is due first; with others, whose last ended last. Decision logs are not read.
func (s *Store) Leads(ctx context.Context, tenantID string, filter chat.LeadFilter) ([]flows.Lead, error) {
	state := flows.FollowUpState(filter.State)
	if state == "" {
		state = flows.Pending
	}
	order := listOrder(state)
	where := newFilter("f.tenant_id", tenantID)
	where.equal("f.state", string(state))
	where.conditions = append(where.conditions, "NOT f.hidden")
	matches := " AND %[1]s.state = $2 AND NOT %[1]s.hidden"
	if filter.FlowID != "" {
		where.equal("f.flow_id", filter.FlowID)
		matches += " AND %[1]s.flow_id = $3"
	}
	where.goesOn(order, filter.After)
	limit := where.limit(chat.Page{Limit: filter.Limit})
	// A conversation stands where its first follow-up stands: the one that has no other before it.
	first := " AND NOT EXISTS (SELECT 1 FROM followups g WHERE g.conversation_id = f.conversation_id" + fmt.Sprintf(matches, "g") +
		" AND (f.listed_at, f.id) " + order.behind + " (g.listed_at, g.id))"
	var leads []flows.Lead
	err := s.list(ctx, func(row scanner) (err error) {
		leads, err = addToLeads(leads, row)
		return err
	}, "SELECT "+followUpFields+"''"+followUpNames+`, v.customer_at, v.outbound_at,
		(SELECT COUNT(*) FROM followups o WHERE o.conversation_id = page.conversation_id AND o.state = 'PENDING' AND NOT o.hidden)
		FROM (SELECT f.conversation_id, f.listed_at, f.id FROM followups f WHERE `+where.text()+first+order.by("f")+limit+`) AS page
		JOIN conversations v ON v.id = page.conversation_id
		JOIN followups f ON f.conversation_id = page.conversation_id`+fmt.Sprintf(matches, "f")+followUpJoins+
		order.by("page")+", f.listed_at"+order.direction+", f.id"+order.direction, where.args...)
	return leads, err
}

// addToLeads reads one follow-up; the rows of a lead stand together.
func addToLeads(leads []flows.Lead, row scanner) ([]flows.Lead, error) {
	var customerAt, outboundAt, pending int64
	view, err := scanFollowUpView(appended{row: row, more: []any{&customerAt, &outboundAt, &pending}})
	if err != nil {
		return leads, err
	}
	if len(leads) == 0 || leads[len(leads)-1].ConversationID != view.ConversationID {
		leads = append(leads, flows.Lead{
			ContactID: view.ContactID, ContactName: view.ContactName, ContactPhone: view.ContactPhone, ConversationID: view.ConversationID,
			LastMessageAt: instant(max(customerAt, outboundAt)), Pending: pending,
		})
	}
	last := &leads[len(leads)-1]
	last.FollowUps = append(last.FollowUps, view)
	return leads, nil
}
