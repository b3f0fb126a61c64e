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

func TestAContactsWordsAreWhatItWroteLatelyReadByTheWorkerOrNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		key := chat.PhoneKey("+5511999990001")
		accepted, err := s.EnsureConversation(ctx, tenant.ID, channel.ID, []chat.Key{key}, "+5511999990001", "Ana")
		require.NoError(t, err)
		base := time.Now().Add(-time.Hour)
		old := said(chat.Inbound, "há um mês")
		old.CreatedAt = base.AddDate(0, -1, 0)
		first, ours, second := said(chat.Inbound, "oi"), said(chat.Outbound, "olá"), said(chat.Inbound, `#{"followupId"`)
		_, err = s.Work(ctx, desk.Ref{TenantID: tenant.ID, ContactID: accepted.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
			for i, message := range []chat.Message{old, first, ours, second} {
				message.ID, message.TenantID, message.ContactID = chat.NewID(), tenant.ID, accepted.ContactID
				message.ConversationID, message.ChannelID, message.State = accepted.ConversationID, channel.ID, chat.Received
				if message.CreatedAt.IsZero() {
					message.CreatedAt = base.Add(time.Duration(i) * time.Minute)
				}
				d.Changes.NewMessages = append(d.Changes.NewMessages, message)
			}
			return nil
		})
		require.NoError(t, err)
		unread := desk.Arrival{TenantID: tenant.ID, ChannelID: channel.ID, ContactID: accepted.ContactID, Event: chat.Event{
			Name: chat.MessageReceived, ExternalID: "wamid.1", Message: &chat.InboundMessage{ProfileName: "Ana ✨", Content: chat.Content{
				Type: chat.FlowReply, Text: `:"9"}`, Choice: "opcao-1", Media: &chat.Media{FileName: "a.pdf"},
				Data: map[string]any{"b": []any{"resposta"}, "a": map[string]any{"x": "outra", "n": 1}},
			}},
		}}
		_, err = s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{unread}})
		require.NoError(t, err)

		const part = `:"9"}` // of a command: it is remembered for itself
		want := []string{part, "oi", `#{"followupId"`, "Ana ✨", part, "opcao-1", "a.pdf", "outra", "resposta"}
		since := base.AddDate(0, 0, -7)
		for _, named := range []struct {
			id  string
			key chat.Key
		}{{accepted.ContactID, chat.Key{}}, {"", key}} {
			before := s.Cost()
			words, err := s.ContactWords(ctx, tenant.ID, named.id, named.key, since, 50)
			require.NoError(t, err)
			if s.Engine() == "postgres" {
				require.Equal(t, int64(2), s.Cost().Trips-before.Trips, "round trips")
			}
			require.Equal(t, want, words.Texts)
			require.Equal(t, accepted.ContactID, words.Contact.ID)
			require.Equal(t, "Ana", words.Contact.Name)
		}
		last, err := s.ContactWords(ctx, tenant.ID, accepted.ContactID, chat.Key{}, since, 1)
		require.NoError(t, err)
		require.Equal(t, append([]string{part}, want[2:]...), last.Texts, "the last stored message, and what is unread")

		other, _ := storetest.Tenant(t, s)
		for _, id := range []string{accepted.ContactID, chat.NewID(), ""} {
			none, err := s.ContactWords(ctx, other.ID, id, key, since, 50)
			require.NoError(t, err)
			require.Equal(t, desk.Words{}, none)
		}
	})
}
