package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// What went, or may have gone, to either of two contacts is found under the one that is left.
func TestWhatWentToAContactIsFoundAlsoAfterAMerge(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
		s.drain(stays.ContactID)
		s.drain(goes.ContactID)
		now := time.Now().UTC().Truncate(time.Millisecond)
		put := func(who desk.Accepted, state chat.MessageState, externalID string, ago time.Duration) {
			message := queued(s.tenant, s.channel, who).Message
			message.State, message.ExternalID, message.At = state, externalID, now.Add(-ago)
			s.edit(who.ContactID, func(d *desk.Desk) { d.Changes.NewMessages = append(d.Changes.NewMessages, message) })
		}
		put(stays, chat.Accepted, "a", time.Second)
		put(stays, chat.Delivered, "b", 4*time.Second)
		put(stays, chat.Accepted, "c", time.Hour)
		put(stays, chat.Failed, "", 2*time.Second)
		put(stays, chat.Failed, "d", 3*time.Second)
		put(stays, chat.Cancelled, "", 2*time.Second)
		put(goes, chat.Read, "e", 2*time.Second)
		sent := func(who desk.Accepted) (ago []time.Duration) {
			times, err := s.store.SentTo(context.Background(), s.channel.ID, who.ContactID, now.Add(-time.Minute))
			require.NoError(t, err)
			for _, at := range times {
				ago = append(ago, now.Sub(at)/time.Second)
			}
			return ago
		}
		require.Equal(t, []time.Duration{4, 3, 1}, sent(stays), "what was refused at once did not go")
		require.Equal(t, []time.Duration{2}, sent(goes))
		s.merge(stays.ContactID, goes.ContactID)
		require.Equal(t, []time.Duration{4, 3, 2, 1}, sent(stays))
	})
}

func TestWhatIsOnItsWayMayHaveGone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		item := queued(tenant, channel, who)
		require.NoError(t, s.Enqueue(context.Background(), item, time.Now()))
		sent := func() int {
			times, err := s.SentTo(context.Background(), channel.ID, who.ContactID, time.Now().Add(-time.Minute))
			require.NoError(t, err)
			return len(times)
		}
		require.Zero(t, sent())
		turn(t, s, desk.Ref{TenantID: tenant.ID, ContactID: who.ContactID}, func(d *desk.Desk) {
			one, _ := d.Item(item.ID)
			one.Message.State = chat.Sending
			d.Claim(one)
		})
		require.Equal(t, 1, sent())
	})
}
