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
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// message is an arrival of a customer's text.
func message(tenant chat.Tenant, channel chat.Channel, phone, externalID, text string) desk.Arrival {
	return desk.Arrival{
		TenantID: tenant.ID, ChannelID: channel.ID, Keys: []chat.Key{chat.PhoneKey(phone), {Kind: chat.KeyRoute, Value: phone[1:]}},
		Phone: phone, Name: "Ana",
		Event: chat.Event{
			Name: chat.MessageReceived, ExternalID: externalID, At: time.Now().UTC(),
			Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}},
		},
	}
}

func receive(t *testing.T, s *store.Store, arrivals ...desk.Arrival) desk.Written {
	t.Helper()
	written, err := s.Receive(context.Background(), desk.Intake{Arrivals: arrivals})
	require.NoError(t, err)
	return written
}

func TestReceiveMakesThePersonOnceAndTheEventOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		first := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi"))
		require.True(t, first.Accepted[0].NewContact)
		require.True(t, first.Accepted[0].NewConversation)
		require.Equal(t, []desk.Ref{{TenantID: tenant.ID, ContactID: first.Accepted[0].ContactID}}, first.Wake)

		again := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi"))
		require.True(t, again.Accepted[0].Duplicate)
		require.Equal(t, first.Accepted[0].EventID, again.Accepted[0].EventID)
		require.Empty(t, again.Wake)

		ref := desk.Ref{TenantID: tenant.ID, ContactID: first.Accepted[0].ContactID}
		received, processed, revision, err := s.Mailbox(context.Background(), ref)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 0, 1}, []int64{received, processed, revision}, "a repeated webhook does not raise the mailbox")
	})
}

func TestReceiveTakesTheSameMessageTwiceInOneWebhookOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		arrival := message(tenant, channel, "+5511999990001", "w1", "oi")
		written := receive(t, s, arrival, arrival)
		require.False(t, written.Accepted[0].Duplicate)
		require.True(t, written.Accepted[1].Duplicate)
		require.Equal(t, written.Accepted[0].ContactID, written.Accepted[1].ContactID)
	})
}

func TestReceiveKnowsABrazilianWithAndWithoutTheNinthDigit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		with := receive(t, s, message(tenant, channel, "+5541988887777", "w1", "oi"))
		without := receive(t, s, message(tenant, channel, "+554188887777", "w2", "oi de novo"))
		require.Equal(t, with.Accepted[0].ContactID, without.Accepted[0].ContactID)
		require.Equal(t, with.Accepted[0].ConversationID, without.Accepted[0].ConversationID)
	})
}

func TestReceiveNumbersMailInOrderAndPeopleFromOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		ctx := context.Background()
		var group sync.WaitGroup
		const people, each = 20, 10
		failed := make([]error, people)
		for person := range people {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range each {
					_, err := s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{
						message(tenant, channel, fmt.Sprintf("+55119888800%02d", person), fmt.Sprintf("w%d-%d", person, i), "oi"),
					}})
					failed[person] = errors.Join(failed[person], err)
				}
			}()
		}
		group.Wait()
		require.NoError(t, errors.Join(failed...))
		contacts, err := s.Contacts(ctx, tenant.ID, chat.ContactFilter{Page: chat.Page{Limit: 200}})
		require.NoError(t, err)
		require.Len(t, contacts, people)
		numbers := map[int64]bool{}
		for _, contact := range contacts {
			numbers[contact.Number] = true
			var read []int64
			_, err := s.Work(ctx, desk.Ref{TenantID: tenant.ID, ContactID: contact.ID}, nil, func(_ context.Context, d *desk.Desk) error {
				for _, mail := range d.Mail {
					read = append(read, mail.Event.Number)
				}
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, read)
		}
		for number := int64(1); number <= people; number++ {
			require.True(t, numbers[number], "number %d is missing", number)
		}
	})
}

func TestReceiveKeepsTenantsApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first, firstChannel := storetest.Tenant(t, s)
		second, secondChannel := storetest.Tenant(t, s)
		a := receive(t, s, message(first, firstChannel, "+5511999990001", "w1", "oi"))
		b := receive(t, s, message(second, secondChannel, "+5511999990001", "w1", "oi"))
		require.NotEqual(t, a.Accepted[0].ContactID, b.Accepted[0].ContactID)
		_, err := s.Contact(context.Background(), second.ID, chat.Ref{ID: a.Accepted[0].ContactID})
		require.True(t, fault.Is(err, fault.NotFound))
		contact, err := s.Contact(context.Background(), second.ID, chat.Ref{Number: 1})
		require.NoError(t, err)
		require.Equal(t, b.Accepted[0].ContactID, contact.ID)
	})
}

func TestReceiveRefusesAnUnknownContactWithoutCostingTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		ctx := context.Background()
		var group sync.WaitGroup
		failures := make([]error, 10)
		for i := range failures {
			group.Add(1)
			go func() {
				defer group.Done()
				arrival := message(tenant, channel, fmt.Sprintf("+551198888000%d", i), fmt.Sprintf("w%d", i), "oi")
				if i == 5 {
					arrival.Keys, arrival.ContactID = nil, chat.NewID()
				}
				_, failures[i] = s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
			}()
		}
		group.Wait()
		for i, err := range failures {
			if i == 5 {
				require.True(t, fault.Is(err, fault.NotFound))
			} else {
				require.NoError(t, err)
			}
		}
	})
}

func TestReceiveStoresWhatPostgresCannot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		written := receive(t, s, message(tenant, channel, "+5511999990001", "w\x001", "oi\x00 \xff fim"))
		require.NotEmpty(t, written.Accepted[0].EventID)
	})
}
