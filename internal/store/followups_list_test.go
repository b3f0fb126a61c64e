package store_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// crowd is a tenant with a few conversations and their follow-ups, as a naive reader keeps them.
type crowd struct {
	store         *store.Store
	tenantID      string
	conversations []desk.Accepted
	flows         []string
	rows          []flows.FollowUp
	hidden        map[string]bool
}

var listStart = time.Date(2026, 7, 10, 12, 0, 0, 0, time.UTC)

func newCrowd(t *rapid.T, s *store.Store) *crowd {
	ctx := context.Background()
	tenant := chat.Tenant{ID: chat.NewID(), Name: "Loja"}
	require.NoError(t, s.CreateTenant(ctx, tenant))
	c := &crowd{store: s, tenantID: tenant.ID, flows: []string{chat.NewID(), chat.NewID()}, hidden: map[string]bool{}}
	for _, phone := range []string{"+5511999990001", "+5511999990002", "+5511999990003"} {
		accepted, err := s.EnsureConversation(ctx, tenant.ID, chat.NewID(), []chat.Key{chat.PhoneKey(phone)}, phone, "Ana")
		require.NoError(t, err)
		c.conversations = append(c.conversations, accepted)
	}
	for range rapid.IntRange(0, 25).Draw(t, "rows") {
		c.add(t)
	}
	return c
}

func (c *crowd) add(t *rapid.T) {
	who := rapid.SampledFrom(c.conversations).Draw(t, "who")
	// Few instants, so that many rows share one.
	at := listStart.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hour")) * time.Hour)
	f := flows.FollowUp{
		ID: chat.NewID(), TenantID: c.tenantID, RunID: chat.NewID(), FlowID: rapid.SampledFrom(c.flows).Draw(t, "flow"), ContactID: who.ContactID,
		ConversationID: who.ConversationID, Attempt: 1, DueAt: at, Revision: 1, CreatedAt: at,
	}
	f.State = rapid.SampledFrom([]flows.FollowUpState{flows.Pending, flows.FollowUpSent, flows.FollowUpFailed, flows.FollowUpCancelled, flows.Responded}).Draw(t, "state")
	ended := at.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "later")) * time.Hour)
	switch f.State {
	case flows.FollowUpSent:
		f.SentAt = ended
	case flows.FollowUpFailed:
		f.FailedAt = ended
	case flows.FollowUpCancelled, flows.Responded:
		f.CancelledAt = ended
	}
	_, err := c.store.Work(context.Background(), desk.Ref{TenantID: c.tenantID, ContactID: who.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
		d.SaveFollowUps([]flows.FollowUp{f})
		return nil
	})
	require.NoError(t, err)
	if f.State == flows.FollowUpCancelled && rapid.IntRange(0, 3).Draw(t, "hide") == 0 {
		_, err := c.store.HideFollowUp(context.Background(), c.tenantID, f.ID, "x")
		require.NoError(t, err)
		c.hidden[f.ID] = true
	}
	c.rows = append(c.rows, f)
}

// expected are the ids that a filter selects, in order.
func (c *crowd) expected(keep func(flows.FollowUp) bool) []string {
	var kept []flows.FollowUp
	for _, f := range c.rows {
		if keep(f) && !c.hidden[f.ID] {
			kept = append(kept, f)
		}
	}
	slices.SortFunc(kept, func(a, b flows.FollowUp) int {
		if a.State == flows.Pending {
			return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
		}
		return -cmp.Or(a.ListedAt().Compare(b.ListedAt()), cmp.Compare(a.ID, b.ID))
	})
	return idsOf(kept, func(f flows.FollowUp) string { return f.ID })
}

func idsOf[T any](rows []T, id func(T) string) []string {
	ids := []string{}
	for _, row := range rows {
		ids = append(ids, id(row))
	}
	return ids
}

// walk reads a list page by page; between them more becomes known.
func (c *crowd) walk(t *rapid.T, filter chat.FollowUpFilter) []string {
	var ids []string
	for {
		page, err := c.store.FollowUps(context.Background(), c.tenantID, filter)
		require.NoError(t, err)
		for _, row := range page {
			ids = append(ids, row.ID)
			filter.After = chat.FollowUpPlace{At: row.ListedAt(), ID: row.ID}
		}
		if len(page) < filter.Limit {
			return append([]string{}, ids...)
		}
	}
}

func TestListsAreWhatANaiveReaderFindsPageByPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			c := newCrowd(t, s)
			filter := chat.FollowUpFilter{Page: chat.Page{Limit: rapid.IntRange(1, 10).Draw(t, "limit")}}
			filter.Pending = rapid.IntRange(0, 3).Draw(t, "queue") == 0
			if !filter.Pending && rapid.Bool().Draw(t, "by state") {
				filter.State = rapid.SampledFrom([]string{"SENT", "FAILED", "CANCELLED", "RESPONDED", "PENDING"}).Draw(t, "state")
			}
			who := rapid.SampledFrom(c.conversations).Draw(t, "whose")
			switch rapid.IntRange(0, 4).Draw(t, "filter") {
			case 0:
				filter.FlowID = c.flows[0]
			case 1:
				filter.ConversationID = who.ConversationID
			case 2:
				filter.ContactID, filter.FlowID = who.ContactID, c.flows[1]
			}
			if rapid.Bool().Draw(t, "bounded") {
				filter.From = listStart.Add(-time.Hour)
				filter.To = listStart.Add(time.Duration(rapid.IntRange(-1, 3).Draw(t, "to")) * time.Hour)
			}
			require.Equal(t, c.expected(func(f flows.FollowUp) bool {
				at := f.ListedAt()
				queue := filter.Pending || filter.State == "PENDING"
				return queue == (f.State == flows.Pending) && (filter.State == "" || filter.State == string(f.State)) &&
					(filter.FlowID == "" || filter.FlowID == f.FlowID) && (filter.ConversationID == "" || filter.ConversationID == f.ConversationID) &&
					(filter.ContactID == "" || filter.ContactID == f.ContactID) &&
					(filter.From.IsZero() || !at.Before(filter.From) && !at.After(filter.To))
			}), c.walk(t, filter))
		})
	})
}

func TestLeadsAreConversationsInOrderOfTheirFirstFollowUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			c := newCrowd(t, s)
			filter := chat.LeadFilter{Limit: rapid.IntRange(1, 3).Draw(t, "limit")}
			filter.State = rapid.SampledFrom([]string{"", "PENDING", "SENT", "CANCELLED"}).Draw(t, "state")
			if rapid.Bool().Draw(t, "by flow") {
				filter.FlowID = c.flows[0]
			}
			matching := c.expected(func(f flows.FollowUp) bool {
				return string(f.State) == cmp.Or(filter.State, "PENDING") && (filter.FlowID == "" || filter.FlowID == f.FlowID)
			})
			rows := map[string]flows.FollowUp{}
			for _, f := range c.rows {
				rows[f.ID] = f
			}
			want := [][]string{}
			place := map[string]int{}
			for _, id := range matching {
				conversation := rows[id].ConversationID
				if _, known := place[conversation]; !known {
					place[conversation] = len(want)
					want = append(want, nil)
				}
				want[place[conversation]] = append(want[place[conversation]], id)
			}
			found := [][]string{}
			for {
				page, err := s.Leads(context.Background(), c.tenantID, filter)
				require.NoError(t, err)
				for _, lead := range page {
					found = append(found, idsOf(lead.FollowUps, func(f flows.LeadFollowUp) string { return f.ID }))
					first := lead.FollowUps[0]
					filter.After = chat.FollowUpPlace{At: first.ListedAt, ID: first.ID}
					require.Len(t, c.expected(func(f flows.FollowUp) bool {
						return f.ConversationID == lead.ConversationID && f.State == flows.Pending
					}), int(lead.Pending))
					require.Equal(t, rows[first.ID].ContactID, lead.ContactID)
				}
				if len(page) < filter.Limit {
					break
				}
			}
			require.Equal(t, want, found)
		})
	})
}

func TestPendingFollowUpsOfManyConversationsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			c := newCrowd(t, s)
			stranger := chat.Ref{ID: chat.NewID()}
			refs := []chat.Ref{stranger, {Number: 2}, {Number: 99}}
			for _, who := range c.conversations {
				refs = append(refs, chat.Ref{ID: who.ConversationID})
			}
			found, err := s.PendingByConversations(context.Background(), c.tenantID, refs)
			require.NoError(t, err)
			require.Empty(t, found[stranger])
			require.Empty(t, found[chat.Ref{Number: 99}])
			for i, who := range c.conversations {
				want := c.expected(func(f flows.FollowUp) bool { return f.State == flows.Pending && f.ConversationID == who.ConversationID })
				require.Equal(t, want, idsOf(found[chat.Ref{ID: who.ConversationID}], func(f flows.FollowUpView) string { return f.ID }))
				if i == 1 {
					require.Equal(t, want, idsOf(found[chat.Ref{Number: 2}], func(f flows.FollowUpView) string { return f.ID }))
				}
			}
		})
	})
}

func TestOneTenantsListsHoldNothingOfAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			ours, theirs := newCrowd(t, s), newCrowd(t, s)
			ctx := context.Background()
			found, err := s.PendingByConversations(ctx, ours.tenantID, []chat.Ref{{ID: theirs.conversations[0].ConversationID}})
			require.NoError(t, err)
			require.Empty(t, found)
			for _, pending := range []bool{true, false} {
				rows, err := s.FollowUps(ctx, ours.tenantID, chat.FollowUpFilter{Pending: pending, FlowID: theirs.flows[0], Page: chat.Page{Limit: 200}})
				require.NoError(t, err)
				require.Empty(t, rows)
			}
			leads, err := s.Leads(ctx, ours.tenantID, chat.LeadFilter{Limit: 200, FlowID: theirs.flows[0]})
			require.NoError(t, err)
			require.Empty(t, leads)
		})
	})
}
