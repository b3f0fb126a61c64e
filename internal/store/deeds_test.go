package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// tagged is a deed that adds a tag and tells of it.
func tagged(tag, externalID string) desk.Deed {
	return desk.Deed{ExternalID: externalID, Do: func(c *chat.Contact) []chat.Event {
		before := *c
		c.Tags = append(append([]string{}, c.Tags...), tag)
		return chat.ContactEvents(before, *c, time.Now())
	}}
}

func TestDeedsChangeTheContactAndTellOfItInOneCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		receivedBefore, _, revisionBefore, err := s.Mailbox(ctx, ref)
		require.NoError(t, err)

		silent := desk.Deed{Do: func(c *chat.Contact) []chat.Event { c.Name = "Ana"; return nil }}
		carried, err := s.Carry(ctx, tenant.ID, who.ContactID, []desk.Deed{tagged("a", "d1"), silent, tagged("b", "d1"), tagged("c", "")})
		require.NoError(t, err)
		require.True(t, carried.Wake)
		require.Equal(t, []string{"a", "c"}, carried.Contact.Tags, "one name is one deed")
		require.Equal(t, []bool{false, false, true, false}, []bool{carried.Done[0].Duplicate, carried.Done[1].Duplicate, carried.Done[2].Duplicate, carried.Done[3].Duplicate})
		require.Equal(t, carried.Done[0].EventID, carried.Done[2].EventID)

		received, _, revision, err := s.Mailbox(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, receivedBefore+2, received)
		require.Greater(t, revision, revisionBefore, "no send passes it unseen")
		_, err = s.Work(ctx, ref, nil, func(_ context.Context, d *desk.Desk) error {
			require.Len(t, d.Mail, 3)
			require.Equal(t, []string{"a", "c"}, d.Contact.Tags)
			require.Equal(t, "Ana", d.Contact.Name)
			for i, mail := range d.Mail[1:] {
				require.Equal(t, int64(i+2), mail.Event.Number)
				require.Equal(t, who.ConversationID, mail.Event.ConversationID)
			}
			return nil
		})
		require.NoError(t, err)

		again, err := s.Carry(ctx, tenant.ID, who.ContactID, []desk.Deed{tagged("a", "d1")})
		require.NoError(t, err)
		require.False(t, again.Wake)
		require.Equal(t, []string{"a", "c"}, again.Contact.Tags)
		require.Equal(t, carried.Done[0].EventID, again.Done[0].EventID)

		nothing := desk.Deed{ExternalID: "d2", Do: func(*chat.Contact) []chat.Event { return nil }}
		kept, err := s.Carry(ctx, tenant.ID, who.ContactID, []desk.Deed{nothing})
		require.NoError(t, err)
		require.NotEmpty(t, kept.Done[0].EventID, "what changed nothing keeps its name too")

		other, _ := storetest.Tenant(t, s)
		_, err = s.Carry(ctx, other.ID, who.ContactID, []desk.Deed{tagged("x", "")})
		require.True(t, fault.Is(err, fault.NotFound))
	})
}

func TestDeedsOfManyAtOnceAreAllDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		var group sync.WaitGroup
		failed := make(chan error, 60)
		for i := range 20 {
			group.Go(func() {
				_, err := s.Carry(ctx, tenant.ID, who.ContactID, []desk.Deed{tagged(fmt.Sprint(i), fmt.Sprint("d", i%10))})
				failed <- err
			})
			group.Go(func() {
				_, err := s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{message(tenant, channel, "+5511999990001", fmt.Sprint("m", i), "oi")}})
				failed <- err
			})
		}
		group.Wait()
		close(failed)
		for err := range failed {
			require.NoError(t, err)
		}
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		received, _, _, err := s.Mailbox(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, int64(1+20+10), received)
		_, err = s.Work(ctx, ref, nil, func(_ context.Context, d *desk.Desk) error {
			require.Len(t, d.Contact.Tags, 10, "no change overwrites another, and one name is one deed")
			numbers := map[int64]bool{}
			for _, mail := range d.Mail {
				numbers[mail.Event.Number] = true
			}
			require.Len(t, numbers, 31)
			return nil
		})
		require.NoError(t, err)
	})
}
