package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestPendingFollowUpsAreFoundByConversationsOfBeforeAMerge(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		stays, goes := s.writes("+5511999990001"), s.writes("BR.1")
		before, err := s.store.Conversation(ctx, s.tenant.ID, chat.Ref{ID: goes.ConversationID})
		require.NoError(t, err)
		_, planned := s.enrolled(goes, chat.NewID(), "model", time.Now())
		s.merge(stays.ContactID, goes.ContactID)
		left, err := s.store.Conversation(ctx, s.tenant.ID, chat.Ref{ID: stays.ConversationID})
		require.NoError(t, err)
		names := []chat.Ref{{ID: before.ID}, {Number: before.Number}, {ID: left.ID}, {Number: left.Number}}
		found, err := s.store.PendingByConversations(ctx, s.tenant.ID, append(names, chat.Ref{Number: 99}))
		require.NoError(t, err)
		for _, name := range names {
			require.Len(t, found[name], 1, "%v", name)
			require.Equal(t, planned.ID, found[name][0].ID)
		}
		require.Empty(t, found[chat.Ref{Number: 99}])
		stranger, err := s.store.PendingByConversations(ctx, chat.NewID(), names)
		require.NoError(t, err)
		require.Empty(t, stranger)
	})
}
