package store

import (
	"context"
	"fmt"
	"strings"

	"retoma/flows"
	"retoma/internal/chat"
)

// endedStates are the states of the history.
func endedStates() []flows.FollowUpState {
	return []flows.FollowUpState{flows.FollowUpSent, flows.FollowUpFailed, flows.FollowUpCancelled, flows.Responded}
}

// FollowUps lists the queue (pending, by due time) or the history (what ended last first). Decision logs are not read.
func (s *Store) FollowUps(ctx context.Context, tenantID string, filter chat.FollowUpFilter) ([]flows.FollowUpView, error) {
	states := endedStates()
	switch {
	case filter.Pending:
		states = []flows.FollowUpState{flows.Pending}
	case filter.State != "":
		states = []flows.FollowUpState{flows.FollowUpState(filter.State)}
	}
	order := listOrder(states[0])
	where := newFilter("f.tenant_id", tenantID)
	where.selects(filter)
	where.goesOn(order, filter.After)
	limit := where.limit(filter.Page)
	// Every index ends in (state, listed_at): one walk for each state, each as long as the page at most.
	walks := make([]string, len(states))
	for i, state := range states {
		where.args = append(where.args, string(state))
		walks[i] = "SELECT * FROM (SELECT f.id, f.listed_at FROM followups f WHERE f.state = " + place(len(where.args)) + " AND " +
			where.text() + order.by("f") + limit + fmt.Sprintf(") AS walk%d", i)
	}
	var views []flows.FollowUpView
	err := s.list(ctx, func(row scanner) error {
		view, err := scanFollowUpView(row)
		views = append(views, view)
		return err
	}, "SELECT "+followUpFields+"''"+followUpNames+" FROM (SELECT * FROM ("+strings.Join(walks, " UNION ALL ")+") AS walks"+order.by("walks")+limit+
		") AS page JOIN followups f ON f.id = page.id"+followUpJoins+order.by("page"), where.args...)
	return views, err
}

// selects adds the conditions of a filter; what was taken out of the queue by hand is not shown.
func (f *filter) selects(filter chat.FollowUpFilter) {
	f.conditions = append(f.conditions, "NOT f.hidden")
	for _, one := range []struct{ column, value string }{
		{"f.flow_id", filter.FlowID}, {"f.conversation_id", filter.ConversationID}, {"f.contact_id", filter.ContactID},
	} {
		if one.value != "" {
			f.equal(one.column, one.value)
		}
	}
	if !filter.From.IsZero() {
		f.add("f.listed_at >= %s", millis(filter.From))
	}
	if !filter.To.IsZero() {
		f.add("f.listed_at <= %s", millis(filter.To))
	}
}

// listing is the order of a list of follow-ups.
type listing struct{ direction, behind string }

// listOrder is the order in which follow-ups of a state are listed: next due first, or what ended last first.
func listOrder(state flows.FollowUpState) listing {
	if state == flows.Pending {
		return listing{direction: "", behind: ">"}
	}
	return listing{direction: " DESC", behind: "<"}
}

func (l listing) by(table string) string {
	return " ORDER BY " + table + ".listed_at" + l.direction + ", " + table + ".id" + l.direction
}

// goesOn starts behind a place.
func (f *filter) goesOn(order listing, after chat.FollowUpPlace) {
	if after.ID == "" {
		return
	}
	f.args = append(f.args, millis(after.At), after.ID)
	f.conditions = append(f.conditions, fmt.Sprintf("(f.listed_at, f.id) %s (%s, %s)", order.behind, place(len(f.args)-1), place(len(f.args))))
}
