package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// Providers repeat webhooks, for days if they like: what cannot be used is kept once, of each channel.
func TestWhatCannotBeUsedIsKeptOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		_, other := storetest.Tenant(t, s)
		broken := func(channelID, raw string) desk.RejectedItem {
			return desk.RejectedItem{TenantID: tenant.ID, ChannelID: channelID, Reason: "quebrado", Raw: raw}
		}
		for range 3 {
			_, err := s.Receive(t.Context(), desk.Intake{Rejected: []desk.RejectedItem{
				broken(channel.ID, `{"a":1}`), broken(channel.ID, `{"a":1}`), broken(channel.ID, `{"a":2}`), broken(other.ID, `{"a":1}`),
			}})
			require.NoError(t, err)
		}
		var raw []string
		items, err := s.Rejected(t.Context(), tenant.ID, channel.ID, chat.Page{Limit: 50})
		require.NoError(t, err)
		for _, item := range items {
			raw = append(raw, item.Raw)
		}
		require.ElementsMatch(t, []string{`{"a":1}`, `{"a":2}`}, raw)
		items, err = s.Rejected(t.Context(), tenant.ID, other.ID, chat.Page{Limit: 50})
		require.NoError(t, err)
		require.Len(t, items, 1)
	})
}
