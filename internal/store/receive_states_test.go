package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// What providers report together - of many messages, several states of one, by our id or by theirs, twice, out of order - comes
// to what it comes to one after another.
func TestStatesThatComeTogetherAreMovedAsOneAfterAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", chat.NewID(), "oi")).Accepted[0]
		began := time.Now().Truncate(time.Second).Add(-time.Hour).UTC()
		made := 0
		// messages makes some that were sent, each of which the provider knows by a name.
		messages := func(count int) []desk.Item {
			items := make([]desk.Item, count)
			for i := range items {
				made++
				items[i] = queued(tenant, channel, who)
				items[i].Message.CreatedAt = began
				items[i].Message.State, items[i].Message.ExternalID = chat.Accepted, fmt.Sprint("wamid.", made)
				require.NoError(t, s.Enqueue(ctx, items[i], time.Now()))
			}
			return items
		}
		rapid.Check(t, func(r *rapid.T) {
			count := rapid.IntRange(1, 3).Draw(r, "messages")
			apart, together := messages(count), messages(count)
			report := func(items []desk.Item, of int, by string, state chat.MessageState, second int) desk.StatusArrival {
				status := chat.Status{State: state, At: began.Add(time.Duration(second) * time.Second), MessageExternalID: items[of].Message.ExternalID}
				if by == "ours" {
					status.Tracker = items[of].ID
				}
				if state == chat.Failed {
					status.ErrorCode, status.ErrorDetail = "undeliverable", "não chegou"
				}
				return desk.StatusArrival{TenantID: tenant.ID, ChannelID: channel.ID, Provider: "fake", Business: "shop", Status: status}
			}
			// Of each message the provider says one way who it is.
			ways := rapid.SliceOfN(rapid.SampledFrom([]string{"ours", "theirs"}), count, count).Draw(r, "ways")
			var all []desk.StatusArrival
			unknown := 0
			for range rapid.IntRange(1, 6).Draw(r, "states") {
				of, second := rapid.IntRange(0, count-1).Draw(r, "of"), rapid.IntRange(-2, 9).Draw(r, "second")
				state := rapid.SampledFrom([]chat.MessageState{chat.Sent, chat.Delivered, chat.Read, chat.Played, chat.Failed}).Draw(r, "state")
				_, err := s.Receive(ctx, desk.Intake{Statuses: []desk.StatusArrival{report(apart, of, ways[of], state, second)}})
				require.NoError(r, err)
				all = append(all, report(together, of, ways[of], state, second))
				if rapid.IntRange(0, 4).Draw(r, "stranger") == 0 {
					stranger := report(together, of, "theirs", state, second)
					stranger.Status.MessageExternalID = "wamid.somebody-else"
					all, unknown = append(all, stranger), unknown+1
				}
			}
			written, err := s.Receive(ctx, desk.Intake{Statuses: all})
			require.NoError(r, err)
			require.Equal(r, unknown, written.StatusesUnknown)
			for i := range count {
				one, err := s.Message(ctx, tenant.ID, apart[i].ID)
				require.NoError(r, err)
				other, err := s.Message(ctx, tenant.ID, together[i].ID)
				require.NoError(r, err)
				require.Equal(r, told(one), told(other))
			}
		})
	})
}

// told is what states told of a message.
func told(m chat.Message) []any {
	return []any{m.State, m.ErrorCode, m.ErrorDetail, m.SentAt, m.DeliveredAt, m.ReadAt, m.FailedAt}
}
