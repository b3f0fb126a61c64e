package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// spoken gives a conversation a message of ours of some origin, as a worker does.
func spoken(t *testing.T, s *store.Store, to desk.Accepted, tenant chat.Tenant, origin chat.Origin, state chat.MessageState, at time.Time) {
	t.Helper()
	_, err := s.Work(context.Background(), desk.Ref{TenantID: tenant.ID, ContactID: to.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
		conversation, _ := d.Conversation(to.ConversationID)
		conversation.OutboundAt = at
		d.SaveConversation(conversation)
		d.Changes.NewMessages = append(d.Changes.NewMessages, chat.Message{
			ID: chat.NewID(), TenantID: tenant.ID, ContactID: to.ContactID, ConversationID: to.ConversationID, ChannelID: conversation.ChannelID,
			Direction: chat.Outbound, Origin: origin, State: state, At: at, CreatedAt: at, Content: chat.Content{Type: chat.Text, Text: "olá"},
		})
		return nil
	})
	require.NoError(t, err)
}

func TestSilentConversationsAreWalkedPageByPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		other, _ := storetest.Tenant(t, s)
		now := time.Now().Truncate(time.Millisecond)
		var people []desk.Accepted
		for i := range 7 {
			people = append(people, receive(t, s, message(tenant, channel, fmt.Sprintf("+551199999000%d", i), fmt.Sprint(i), "oi")).Accepted[0])
		}
		spoken(t, s, people[0], tenant, chat.FromPerson, chat.Accepted, now)
		spoken(t, s, people[1], tenant, chat.FromFollowUp, chat.Accepted, now)
		spoken(t, s, people[2], tenant, chat.FromAPI, chat.Failed, now)
		spoken(t, s, people[3], tenant, chat.FromFlow, chat.Read, now)
		spoken(t, s, people[4], tenant, chat.FromReply, chat.Accepted, now.Add(time.Hour))
		spoken(t, s, people[5], tenant, chat.FromReply, chat.Delivered, now)

		walk := func(filter chat.SilentFilter, tenantID string) (ids []string) {
			filter.Limit = 2
			for {
				found, next, err := s.Silent(ctx, tenantID, filter)
				require.NoError(t, err)
				for _, silence := range found {
					require.Equal(t, now.UnixMilli(), silence.Since.UnixMilli())
					require.Equal(t, silence.Contact.ID, silence.Conversation.ContactID)
					ids = append(ids, silence.Contact.ID)
				}
				if next == "" {
					return ids
				}
				filter.Cursor = next
			}
		}
		want := []string{people[0].ContactID, people[3].ContactID, people[5].ContactID}
		require.Equal(t, want, walk(chat.SilentFilter{Before: now}, tenant.ID))
		require.Equal(t, want, walk(chat.SilentFilter{Before: now, ChannelID: channel.ID}, tenant.ID))
		require.Empty(t, walk(chat.SilentFilter{Before: now, ChannelID: chat.NewID()}, tenant.ID))
		require.Empty(t, walk(chat.SilentFilter{Before: now.Add(-time.Minute)}, tenant.ID))
		require.Empty(t, walk(chat.SilentFilter{Before: now}, other.ID))
		_, err := s.ChangeContact(ctx, tenant.ID, people[0].ContactID, func(c *chat.Contact) error { c.OptOut = chat.OptOutMarketing; return nil })
		require.NoError(t, err)
		require.Equal(t, want[1:], walk(chat.SilentFilter{Before: now}, tenant.ID))
	})
}
