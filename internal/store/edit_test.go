package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func TestAnEditLeavesTheMailToTheWorker(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		worked, err := s.Edit(ctx, ref, func(_ context.Context, d *desk.Desk) error {
			require.Empty(t, d.Mail)
			contact := d.Contact
			contact.Name = "Bia"
			d.SaveContact(contact)
			return nil
		})
		require.NoError(t, err)
		require.False(t, worked.Gone)
		received, processed, _, err := s.Mailbox(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 0}, []int64{received, processed})
		contact, err := s.Contact(ctx, tenant.ID, chat.Ref{ID: who.ContactID})
		require.NoError(t, err)
		require.Equal(t, "Bia", contact.Name)
	})
}

func TestAnEditWaitsWhereAWorkerWouldGoAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		inside, leave, edited := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		worked := make(chan error, 1)
		go func() {
			_, err := s.Work(ctx, ref, nil, func(_ context.Context, d *desk.Desk) error {
				close(inside)
				<-leave
				contact := d.Contact
				contact.Name = "um"
				d.SaveContact(contact)
				return nil
			})
			worked <- err
		}()
		<-inside
		var seen string
		go func() {
			result, err := s.Edit(ctx, ref, func(_ context.Context, d *desk.Desk) error {
				seen = d.Contact.Name
				return nil
			})
			edited <- errors.Join(err, map[bool]error{true: errors.New("busy")}[result.Busy])
		}()
		close(leave)
		require.NoError(t, <-worked)
		require.NoError(t, <-edited)
		require.Equal(t, "um", seen, "it saw what the one before wrote")
	})
}

func TestAnEditOfNobodyAndOneThatFailsChangeNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		worked, err := s.Edit(ctx, desk.Ref{TenantID: tenant.ID, ContactID: chat.NewID()}, func(context.Context, *desk.Desk) error {
			t.Error("nobody is there")
			return nil
		})
		require.NoError(t, err)
		require.True(t, worked.Gone)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		_, err = s.Edit(ctx, desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}, func(_ context.Context, d *desk.Desk) error {
			contact := d.Contact
			contact.Name = "Outra"
			d.SaveContact(contact)
			return errors.New("no")
		})
		require.ErrorContains(t, err, "no")
		contact, err := s.Contact(ctx, tenant.ID, chat.Ref{ID: who.ContactID})
		require.NoError(t, err)
		require.Equal(t, "Ana", contact.Name)
	})
}
