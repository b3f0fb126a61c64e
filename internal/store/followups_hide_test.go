package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestHidingEndsARunThatRests: what was taken out of the queue must not come back unseen at our next message.
func TestHidingEndsARunThatRests(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		now := time.Now()
		row := func(state flows.FollowUpState) flows.FollowUp {
			return flows.FollowUp{
				ID: chat.NewID(), TenantID: tenant.ID, FlowID: chat.NewID(), ContactID: who.ContactID, ConversationID: who.ConversationID,
				State: state, Attempt: 1, DueAt: now.Add(time.Hour), CancelledAt: now, CreatedAt: now,
			}
		}
		run := func(open, before flows.FollowUp) flows.Run {
			run := flows.Run{ID: chat.NewID(), TenantID: tenant.ID, FlowID: open.FlowID, ContactID: who.ContactID, State: flows.Waiting, StartedAt: now}
			open.RunID, before.RunID = run.ID, run.ID
			run.Open = &open
			_, err := s.Work(ctx, ref, nil, func(_ context.Context, d *desk.Desk) error {
				d.SaveRun(run)
				d.SaveFollowUps([]flows.FollowUp{before, open})
				return nil
			})
			require.NoError(t, err)
			return run
		}
		rests, skipped := row(flows.Responded), row(flows.FollowUpCancelled)
		resting := run(rests, row(flows.FollowUpSent))
		goesOn := run(row(flows.Pending), skipped)
		for _, f := range []flows.FollowUp{rests, skipped, skipped} {
			_, err := s.HideFollowUp(ctx, tenant.ID, f.ID, "removido")
			require.NoError(t, err)
		}
		_, err := s.HideFollowUp(ctx, chat.NewID(), rests.ID, "removido")
		require.True(t, fault.Is(err, fault.NotFound), "another tenant's is unknown")
		worked, err := s.Work(ctx, ref, nil, func(context.Context, *desk.Desk) error { return nil })
		require.NoError(t, err)
		require.Len(t, worked.Desk.Runs, 1)
		require.Equal(t, goesOn.ID, worked.Desk.Runs[0].ID, "a run that is at a later step goes on")
		require.NotEqual(t, resting.ID, goesOn.ID)
		found, err := s.FollowUp(ctx, tenant.ID, rests.ID)
		require.NoError(t, err)
		require.Equal(t, flows.Responded, found.State, "it stays what it was")
	})
}
