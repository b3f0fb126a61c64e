package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// queued is an outbox row for a contact.
func queued(tenant chat.Tenant, channel chat.Channel, to desk.Accepted) desk.Item {
	id := chat.NewID()
	return desk.Item{
		ID: id, OrderingKey: id, Action: "send_message", State: desk.ItemPending, DueAt: time.Now().Add(-time.Second),
		Message: chat.Message{
			ID: id, TenantID: tenant.ID, ContactID: to.ContactID, ConversationID: to.ConversationID, ChannelID: channel.ID,
			Direction: chat.Outbound, Origin: chat.FromFollowUp, State: chat.Queued, Content: chat.Content{Type: chat.Text, Text: "olá"},
			CreatedAt: time.Now(),
		},
	}
}

func TestAClaimWithUnreadMailBehindItIsDecidedAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		item := queued(tenant, channel, who)
		require.NoError(t, s.Enqueue(ctx, item, time.Now()))
		calls := 0
		seen := []int{}
		worked, err := s.Work(ctx, desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
			calls++
			seen = append(seen, len(d.Mail))
			if s.Engine() == "postgres" && calls == 1 {
				// The reply commits while this unit of work is between reading and claiming.
				receive(t, s, message(tenant, channel, "+5511999990001", "w2", "resposta"))
			}
			one, _ := d.Item(item.ID)
			one.Message.State, one.Message.ClaimNumber = chat.Sending, d.Received
			d.Claim(one)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []string{item.ID}, worked.Desk.Changes.Claims)
		if s.Engine() == "postgres" {
			require.Equal(t, []int{1, 2}, seen, "the second look sees the reply")
		}
	})
}

// TestNoReplyIsEverAtOrBelowAClaim is the race test of the reply fence (domain.md section 5): replies arrive while
// follow-ups are being claimed; a worker that reads the mail first must never claim with an unread reply behind it.
func TestNoReplyIsEverAtOrBelowAClaim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		const rounds = 150
		claimedAfterReply, claimed, stopped := 0, 0, 0
		for round := range rounds {
			phone := fmt.Sprintf("+55119777%05d", round)
			who := receive(t, s, message(tenant, channel, phone, fmt.Sprintf("first-%d", round), "oi")).Accepted[0]
			ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
			readAll(t, s, ref)
			item := queued(tenant, channel, who)
			require.NoError(t, s.Enqueue(ctx, item, time.Now()))

			var group sync.WaitGroup
			var replyNumber int64
			var replyFailed, claimFailed error
			group.Add(2)
			go func() {
				defer group.Done()
				reply := message(tenant, channel, phone, fmt.Sprintf("reply-%d", round), "já comprei")
				if _, replyFailed = s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{reply}}); replyFailed == nil {
					replyNumber, _, _, replyFailed = s.Mailbox(ctx, ref)
				}
			}()
			var claimNumber int64
			go func() {
				defer group.Done()
				claimNumber, claimFailed = claimUnlessAnswered(s, ref, item.ID)
			}()
			group.Wait()
			require.NoError(t, errors.Join(replyFailed, claimFailed))
			if claimNumber == 0 {
				stopped++
				continue
			}
			claimed++
			if replyNumber <= claimNumber {
				claimedAfterReply++
			}
		}
		t.Logf("%s: %d rounds, %d claimed before the reply, %d stopped by it, %d claimed after it", s.Engine(), rounds, claimed, stopped, claimedAfterReply)
		require.Zero(t, claimedAfterReply)
	})
}

// claimUnlessAnswered is the smallest worker: read the mail, and claim only if there was none. It gives the mailbox
// number of the claim, 0 if the mail stopped it.
func claimUnlessAnswered(s *store.Store, ref desk.Ref, itemID string) (int64, error) {
	for {
		var number int64
		worked, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
			number = 0
			for _, mail := range d.Mail {
				d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
			}
			item, waiting := d.Item(itemID)
			if !waiting || item.State != desk.ItemPending {
				return nil
			}
			if len(d.Mail) > 0 {
				item.Message.State = chat.Cancelled
				d.Done(item)
				return nil
			}
			item.Message.State, item.Message.ClaimNumber = chat.Sending, d.Received
			number = d.Received
			d.Claim(item)
			return nil
		})
		if err != nil || !worked.Busy {
			return number, err
		}
	}
}

func readAll(t *testing.T, s *store.Store, ref desk.Ref) {
	t.Helper()
	_, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		for _, mail := range d.Mail {
			d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
		}
		return nil
	})
	require.NoError(t, err)
	received, processed, _, err := s.Mailbox(context.Background(), ref)
	require.NoError(t, err)
	require.Equal(t, received, processed)
}

func TestAnAcknowledgedStopIsSeenByEveryLaterClaim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		item := queued(tenant, channel, who)
		require.NoError(t, s.Enqueue(ctx, item, time.Now()))
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}

		before := revisionSeen(t, s, ref)
		_, err := s.ChangeChannel(ctx, tenant.ID, channel.ID, func(c *chat.Channel) error {
			c.PausedAt = time.Now()
			return nil
		})
		require.NoError(t, err)
		require.Greater(t, revisionSeen(t, s, ref), before, "a unit of work after the acknowledged pause sees a new set-up revision")
		setup, err := s.Setup(ctx, tenant.ID)
		require.NoError(t, err)
		require.False(t, setup.Channels[channel.ID].PausedAt.IsZero())
	})
}

func revisionSeen(t *testing.T, s *store.Store, ref desk.Ref) int64 {
	var revision int64
	_, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		revision = d.TenantRevision
		return nil
	})
	require.NoError(t, err)
	return revision
}

func TestAStopWaitsForClaimsThatCannotSeeIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if s.Engine() != "postgres" {
			return // SQLite has one writer: the two can never overlap
		}
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		inside, leave := make(chan struct{}), make(chan struct{})
		var order []string
		var mutex sync.Mutex
		note := func(what string) {
			mutex.Lock()
			defer mutex.Unlock()
			order = append(order, what)
		}
		var group sync.WaitGroup
		var workFailed, pauseFailed error
		group.Add(2)
		go func() {
			defer group.Done()
			_, workFailed = s.Work(ctx, desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
				close(inside)
				<-leave
				d.SaveContact(d.Contact)
				note("claim decided")
				return nil
			})
		}()
		<-inside
		go func() {
			defer group.Done()
			_, pauseFailed = s.ChangeTenant(ctx, tenant.ID, func(changed *chat.Tenant) error {
				changed.PausedAt = time.Now()
				return nil
			})
			note("pause acknowledged")
		}()
		close(leave)
		group.Wait()
		require.NoError(t, errors.Join(workFailed, pauseFailed))
		require.Equal(t, []string{"claim decided", "pause acknowledged"}, order)
	})
}

func TestTwoWorkersNeverHoldOneContact(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		var inside, most, worked int
		var failed error
		var mutex sync.Mutex
		var group sync.WaitGroup
		for range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for range 20 {
					result, err := s.Work(ctx, ref, nil, func(context.Context, *desk.Desk) error {
						mutex.Lock()
						inside++
						most = max(most, inside)
						mutex.Unlock()
						mutex.Lock()
						inside--
						mutex.Unlock()
						return nil
					})
					mutex.Lock()
					failed = errors.Join(failed, err)
					if !result.Busy {
						worked++
					}
					mutex.Unlock()
				}
			}()
		}
		group.Wait()
		require.NoError(t, failed)
		require.Equal(t, 1, most)
		require.Positive(t, worked)
	})
}

func TestAnErrorInDecideChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		ref := desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}
		_, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
			contact := d.Contact
			contact.Name = "Outra"
			d.SaveContact(contact)
			return errors.New("no")
		})
		require.ErrorContains(t, err, "no")
		contact, err := s.Contact(context.Background(), tenant.ID, chat.Ref{ID: who.ContactID})
		require.NoError(t, err)
		require.Equal(t, "Ana", contact.Name)
	})
}
