package store

import (
	"context"
	"fmt"

	"retoma/flows"
	"retoma/internal/chat"
)

// Leads lists conversations with follow-ups of a state (followups-api.md, leads-in-automation): with pending ones, whose
// next is due first; with others, whose last ended last.
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
	}, "WITH page AS MATERIALIZED (SELECT p.*, "+leadColumns+" FROM (SELECT f.conversation_id, f.listed_at, f.id FROM followups f WHERE "+
		where.text()+first+order.by("f")+limit+`) AS p JOIN conversations v ON v.id = p.conversation_id JOIN contacts c ON c.id = v.contact_id)
		SELECT page.conversation_id, page.contact_id, page.name, page.phone, page.customer_at, page.outbound_at, page.waiting,
		f.id, COALESCE(d.name, ''), f.state, f.attempt, f.due_at, f.listed_at
		FROM page JOIN followups f ON f.conversation_id = page.conversation_id`+fmt.Sprintf(matches, "f")+` LEFT JOIN documents d ON d.id = f.flow_id`+
		order.by("page")+", f.listed_at"+order.direction+", f.id"+order.direction, where.args...)
	return leads, err
}

// leadColumns are read once for each lead.
const leadColumns = `c.id AS contact_id, c.name, c.phone, v.customer_at, v.outbound_at, (SELECT COUNT(*) FROM followups o
	WHERE o.conversation_id = p.conversation_id AND o.state = 'PENDING' AND NOT o.hidden) AS waiting`

// addToLeads reads one follow-up; the rows of a lead stand together.
func addToLeads(leads []flows.Lead, row scanner) ([]flows.Lead, error) {
	var lead flows.Lead
	var f flows.LeadFollowUp
	var customerAt, outboundAt, dueAt, listedAt int64
	err := row.Scan(&lead.ConversationID, &lead.ContactID, &lead.ContactName, &lead.ContactPhone, &customerAt, &outboundAt, &lead.Pending,
		&f.ID, &f.FlowName, &f.State, &f.Attempt, &dueAt, &listedAt)
	if err != nil {
		return leads, err
	}
	lead.LastMessageAt = instant(max(customerAt, outboundAt))
	f.DueAt, f.ListedAt = instant(dueAt), instant(listedAt)
	if len(leads) == 0 || leads[len(leads)-1].ConversationID != lead.ConversationID {
		leads = append(leads, lead)
	}
	last := &leads[len(leads)-1]
	last.FollowUps = append(last.FollowUps, f)
	return leads, nil
}
