package store_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func TestAnAssistantIsKeptWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		heat := 0.0
		whole := chat.Assistant{
			ID: chat.NewID(), TenantID: tenant.ID, Name: "Bia", Persona: "Você é a Bia.\nGentil.", Model: "m", BaseURL: "https://ia.exemplo/v1",
			APIKey: "sk-secret", Temperature: &heat, Memory: 7, TimeLimit: 1500 * time.Millisecond, DailyTokens: 9_000_000_000, DailySpend: 12.5,
			InputPrice: 0.15, OutputPrice: 0.6,
		}
		made, err := s.CreateAssistant(ctx, whole)
		require.NoError(t, err)
		found, err := s.Assistant(ctx, tenant.ID, whole.ID)
		require.NoError(t, err)
		require.Equal(t, made.CreatedAt.UnixMilli(), found.CreatedAt.UnixMilli())
		whole.CreatedAt, whole.UpdatedAt = found.CreatedAt, found.UpdatedAt
		require.Equal(t, whole, found)

		plain, err := s.CreateAssistant(ctx, chat.Assistant{ID: chat.NewID(), TenantID: tenant.ID, Name: "Só um nome"})
		require.NoError(t, err)
		all, err := s.Assistants(ctx, tenant.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"Bia", "Só um nome"}, []string{all[0].Name, all[1].Name})
		require.Nil(t, all[1].Temperature)

		setup, err := s.Setup(ctx, tenant.ID)
		require.NoError(t, err)
		require.Equal(t, whole, setup.Assistants[whole.ID], "workers read the key too")
		require.Len(t, setup.Assistants, 2)

		changed, err := s.ChangeAssistant(ctx, tenant.ID, plain.ID, func(a *chat.Assistant) error { a.Name = "Outro"; a.APIKey = "k2"; return nil })
		require.NoError(t, err)
		require.Equal(t, "Outro", changed.Name)
		after, err := s.Setup(ctx, tenant.ID)
		require.NoError(t, err)
		require.Greater(t, after.Tenant.Revision, setup.Tenant.Revision, "workers see that their set-up is stale")
		require.Equal(t, "k2", after.Assistants[plain.ID].APIKey)

		_, err = s.ChangeAssistant(ctx, tenant.ID, plain.ID, func(*chat.Assistant) error { return fault.Field("name", "não") })
		require.True(t, fault.Is(err, fault.Invalid))
		_, err = s.ChangeAssistant(ctx, tenant.ID, plain.ID, func(a *chat.Assistant) error { a.DeletedAt = time.Now(); return nil })
		require.NoError(t, err)
		_, err = s.Assistant(ctx, tenant.ID, plain.ID)
		require.True(t, fault.Is(err, fault.NotFound))
		_, err = s.ChangeAssistant(ctx, tenant.ID, plain.ID, func(*chat.Assistant) error { return nil })
		require.True(t, fault.Is(err, fault.NotFound))
		last, err := s.Setup(ctx, tenant.ID)
		require.NoError(t, err)
		require.NotContains(t, last.Assistants, plain.ID)
	})
}

func TestAnAssistantBelongsToItsTenant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		mine, _ := storetest.Tenant(t, s)
		other, _ := storetest.Tenant(t, s)
		made, err := s.CreateAssistant(ctx, chat.Assistant{ID: chat.NewID(), TenantID: mine.ID, Name: "Bia"})
		require.NoError(t, err)
		_, err = s.Assistant(ctx, other.ID, made.ID)
		require.True(t, fault.Is(err, fault.NotFound))
		_, err = s.ChangeAssistant(ctx, other.ID, made.ID, func(a *chat.Assistant) error { a.Name = "x"; return nil })
		require.True(t, fault.Is(err, fault.NotFound))
		all, err := s.Assistants(ctx, other.ID)
		require.NoError(t, err)
		require.Empty(t, all)
		require.NoError(t, s.CountAI(ctx, mine.ID, made.ID, "2026-01-20", chat.AIUsage{Calls: 1}))
		used, err := s.AIUsage(ctx, other.ID, made.ID, "2026-01-20")
		require.NoError(t, err)
		require.Zero(t, used)
	})
}

func TestKeysOfModelsAreEncryptedAtRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retoma.db")
	s := storetest.Open(t, store.Options{Address: "sqlite://" + path})
	ctx := context.Background()
	tenant, _ := storetest.Tenant(t, s)
	_, err := s.CreateAssistant(ctx, chat.Assistant{ID: chat.NewID(), TenantID: tenant.ID, Name: "Bia", APIKey: "sk-of-the-assistant"})
	require.NoError(t, err)
	_, err = s.ChangeTenant(ctx, tenant.ID, func(t *chat.Tenant) error { t.Settings.AI.APIKey = "sk-of-the-tenant"; return nil })
	require.NoError(t, err)
	raw := string(databaseBytes(t, path))
	require.NotContains(t, raw, "sk-of-the-assistant")
	require.NotContains(t, raw, "sk-of-the-tenant")
	read, err := s.Tenant(ctx, tenant.ID)
	require.NoError(t, err)
	require.Equal(t, "sk-of-the-tenant", read.Settings.AI.APIKey)
}

func TestWritingsThatBeginTogetherSeeOneAnother(t *testing.T) {
	for name, c := range map[string]struct {
		assistant chat.Assistant
		fit       int64
	}{
		"no cap":                   {chat.Assistant{}, 20},
		"tokens":                   {chat.Assistant{DailyTokens: 300}, 3},
		"tokens, and a bit":        {chat.Assistant{DailyTokens: 301}, 4},
		"fewer tokens than one":    {chat.Assistant{DailyTokens: 1}, 1},
		"spend":                    {chat.Assistant{DailySpend: 0.001}, 5},
		"the nearer one counts":    {chat.Assistant{DailyTokens: 1_000_000_000_000, DailySpend: 0.0003}, 2},
		"a spend below its counts": {chat.Assistant{DailySpend: 1e-9}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				ctx := context.Background()
				tenant, _ := storetest.Tenant(t, s)
				assistant := c.assistant
				assistant.ID, assistant.TenantID = chat.NewID(), tenant.ID
				one := chat.AIUsage{InputTokens: 80, OutputTokens: 20, SpendMicros: 200}
				var fit atomic.Int64
				var together sync.WaitGroup
				for range 20 {
					together.Go(func() {
						reserved, err := s.ReserveAI(ctx, assistant, "2026-01-20", one)
						if err != nil {
							t.Error(err)
						}
						if reserved {
							fit.Add(1)
						}
					})
				}
				together.Wait()
				require.Equal(t, c.fit, fit.Load())
				used, err := s.AIUsage(ctx, tenant.ID, assistant.ID, "2026-01-20")
				require.NoError(t, err)
				require.Equal(t, chat.AIUsage{InputTokens: 80 * c.fit, OutputTokens: 20 * c.fit, SpendMicros: 200 * c.fit}, used, "what does not fit is not counted")
				reserved, err := s.ReserveAI(ctx, assistant, "2026-01-21", one)
				require.NoError(t, err)
				require.True(t, reserved, "each day has its own")
				require.NoError(t, s.CountAI(ctx, tenant.ID, assistant.ID, "2026-01-20", chat.AIUsage{Calls: 1, InputTokens: -80, OutputTokens: -20, SpendMicros: -200}))
				reserved, err = s.ReserveAI(ctx, assistant, "2026-01-20", one)
				require.NoError(t, err)
				require.True(t, reserved, "what was given back can be had again")
			})
		})
	}
}

// Whatever was counted before, the day can be read and counted on.
func TestUsageCannotGrowBeyondWhatCanBeAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		id := chat.NewID()
		const most = 1 << 50
		absurd := chat.AIUsage{Calls: 1, InputTokens: math.MaxInt64, OutputTokens: 9_000_000_000_000_000_000, SpendMicros: math.MaxInt64}
		for range 3 {
			require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-20", absurd))
			require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-21", chat.AIUsage{Calls: 1, InputTokens: 5}))
			require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-21", absurd))
		}
		used, err := s.AIUsage(ctx, tenant.ID, id, "2026-01-20")
		require.NoError(t, err)
		require.Equal(t, chat.AIUsage{Calls: 3, InputTokens: most, OutputTokens: most, SpendMicros: most}, used)
		require.Positive(t, used.Plus(used).Tokens())
		require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-20", chat.AIUsage{Calls: 1, InputTokens: -most + 7, OutputTokens: math.MinInt64}))
		used, err = s.AIUsage(ctx, tenant.ID, id, "2026-01-20")
		require.NoError(t, err)
		require.Equal(t, chat.AIUsage{Calls: 4, InputTokens: 7, SpendMicros: most}, used, "never below nothing")
		require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-22", chat.AIUsage{Calls: 1, InputTokens: -3}))
		used, err = s.AIUsage(ctx, tenant.ID, id, "2026-01-22")
		require.NoError(t, err)
		require.Equal(t, chat.AIUsage{Calls: 1}, used)
	})
}

func TestUsageAddsUpByDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		id := chat.NewID()
		one := chat.AIUsage{Calls: 1, InputTokens: 3_000_000_000, OutputTokens: 5, SpendMicros: 7}
		var together sync.WaitGroup
		for range 20 {
			together.Go(func() {
				if err := s.CountAI(ctx, tenant.ID, id, "2026-01-20", one); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-20", chat.AIUsage{}))
		require.NoError(t, s.CountAI(ctx, tenant.ID, id, "2026-01-22", one))
		require.NoError(t, s.CountAI(ctx, tenant.ID, chat.NewID(), "2026-01-20", one))
		used, err := s.AIUsage(ctx, tenant.ID, id, "2026-01-20")
		require.NoError(t, err)
		require.Equal(t, chat.AIUsage{Calls: 20, InputTokens: 60_000_000_000, OutputTokens: 100, SpendMicros: 140}, used)
		none, err := s.AIUsage(ctx, tenant.ID, id, "2026-01-21")
		require.NoError(t, err)
		require.Zero(t, none)
		days, err := s.AIDays(ctx, tenant.ID, id, "2026-01-01", "2026-01-22")
		require.NoError(t, err)
		require.Equal(t, []chat.AIDay{{Day: "2026-01-20", AIUsage: used}, {Day: "2026-01-22", AIUsage: one}}, days)
		days, err = s.AIDays(ctx, tenant.ID, id, "2026-01-21", "2026-01-21")
		require.NoError(t, err)
		require.Empty(t, days)
	})
}

func said(direction chat.Direction, text string) chat.Message {
	return chat.Message{Direction: direction, Content: chat.Content{Type: chat.Text, Text: text}}
}

func TestMemoryLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		talk := desk.Talk{TenantID: tenant.ID, ConversationID: chat.NewID(), AssistantID: chat.NewID()}
		var together sync.WaitGroup
		for i := range 10 {
			together.Go(func() {
				mine := talk
				mine.Messages = []chat.Message{said(chat.Inbound, fmt.Sprint("q", i)), said(chat.Outbound, fmt.Sprint("a", i))}
				if err := s.RememberTalk(ctx, mine); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		all, err := s.RecallTalk(ctx, tenant.ID, talk.ConversationID, talk.AssistantID, 100)
		require.NoError(t, err)
		require.Len(t, all, 20, "what is added at the same moment is all there")
		var texts []string
		for _, message := range all {
			texts = append(texts, message.Content.Text)
			require.Equal(t, message.Direction == chat.Outbound, message.Content.Text[0] == 'a')
		}
		for i := range 10 {
			question, answer := slices.Index(texts, fmt.Sprint("q", i)), slices.Index(texts, fmt.Sprint("a", i))
			require.Less(t, question, answer)
		}
		last, err := s.RecallTalk(ctx, tenant.ID, talk.ConversationID, talk.AssistantID, 3)
		require.NoError(t, err)
		require.Len(t, last, 3)
		for i, message := range last {
			require.Equal(t, texts[17+i], message.Content.Text)
		}
		for _, other := range [][3]string{
			{chat.NewID(), talk.ConversationID, talk.AssistantID}, {tenant.ID, chat.NewID(), talk.AssistantID}, {tenant.ID, talk.ConversationID, chat.NewID()},
		} {
			none, err := s.RecallTalk(ctx, other[0], other[1], other[2], 100)
			require.NoError(t, err)
			require.Empty(t, none)
		}
	})
}

func TestTheAnswerOfAKeyedRequestIsKeptWithTheMemory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		_, err := s.RememberRequest(ctx, tenant.ID, "k", "body")
		require.NoError(t, err)
		require.NoError(t, s.RememberTalk(ctx, desk.Talk{
			TenantID: tenant.ID, ConversationID: chat.NewID(), AssistantID: chat.NewID(), Messages: []chat.Message{said(chat.Inbound, "oi")},
			Request: &desk.Request{Key: "k", Answer: chat.Answer{Status: 200, Body: `{"x":1}`}},
		}))
		earlier, err := s.RememberRequest(ctx, tenant.ID, "k", "body")
		require.NoError(t, err)
		require.Equal(t, &chat.Answer{Status: 200, Body: `{"x":1}`}, earlier)
	})
}

func TestAContactHasOneConversationWithoutAChannel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		keys := []chat.Key{{Kind: chat.KeyExternal, Value: "crm-1"}}
		results := make(chan desk.Accepted, 20)
		var together sync.WaitGroup
		for range cap(results) {
			together.Go(func() {
				accepted, err := s.EnsureTalk(ctx, tenant.ID, keys, "")
				if err != nil {
					t.Error(err)
				}
				results <- accepted
			})
		}
		together.Wait()
		first := <-results
		require.NotEmpty(t, first.ConversationID)
		for range cap(results) - 1 {
			got := <-results
			require.Equal(t, first.ContactID, got.ContactID)
			require.Equal(t, first.ConversationID, got.ConversationID)
		}
		conversation, err := s.Conversation(ctx, tenant.ID, chat.Ref{ID: first.ConversationID})
		require.NoError(t, err)
		require.Empty(t, conversation.ChannelID)

		usual, err := s.EnsureConversation(ctx, tenant.ID, channel.ID, keys, "", "")
		require.NoError(t, err)
		require.Equal(t, first.ContactID, usual.ContactID)
		require.NotEqual(t, first.ConversationID, usual.ConversationID)
		listed, err := s.Conversations(ctx, tenant.ID, chat.ConversationFilter{ContactID: first.ContactID, Page: chat.Page{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, listed, 1, "lists show what has a channel")
		require.Equal(t, usual.ConversationID, listed[0].ID)

		alone, err := s.EnsureConversation(ctx, tenant.ID, "", []chat.Key{{Kind: chat.KeyExternal, Value: "crm-2"}}, "", "")
		require.NoError(t, err)
		require.Empty(t, alone.ConversationID, "a contact is still made without one")
		again, err := s.EnsureConversation(ctx, tenant.ID, "", keys, "", "")
		require.NoError(t, err)
		require.Empty(t, again.ConversationID)
	})
}

func TestHistoryIsWhatWasSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		accepted, err := s.EnsureConversation(ctx, tenant.ID, channel.ID, []chat.Key{chat.PhoneKey("+5511999990001")}, "+5511999990001", "Ana")
		require.NoError(t, err)
		states := []chat.MessageState{
			chat.Received, chat.Queued, chat.Parked, chat.Sending, chat.Unconfirmed, chat.Accepted, chat.HeldBack, chat.Sent, chat.Delivered,
			chat.Read, chat.Played, chat.Failed, chat.Cancelled,
		}
		_, err = s.Work(ctx, desk.Ref{TenantID: tenant.ID, ContactID: accepted.ContactID}, nil, func(_ context.Context, d *desk.Desk) error {
			for _, state := range states {
				message := said(chat.Outbound, string(state))
				if state == chat.Received {
					message.Direction = chat.Inbound
				}
				message.ID, message.TenantID, message.ContactID = chat.NewID(), tenant.ID, accepted.ContactID
				message.ConversationID, message.ChannelID, message.State = accepted.ConversationID, channel.ID, state
				d.Changes.NewMessages = append(d.Changes.NewMessages, message)
			}
			return nil
		})
		require.NoError(t, err)
		texts := func(limit int) (texts []string) {
			history, err := s.History(ctx, tenant.ID, accepted.ConversationID, limit)
			require.NoError(t, err)
			for _, message := range history {
				texts = append(texts, message.Content.Text)
			}
			return texts
		}
		require.Equal(t, []string{"received", "unconfirmed", "accepted", "held", "sent", "delivered", "read", "played"}, texts(100))
		require.Equal(t, []string{"read", "played"}, texts(2), "the last ones, oldest first")
		other, _ := storetest.Tenant(t, s)
		foreign, err := s.History(ctx, other.ID, accepted.ConversationID, 100)
		require.NoError(t, err)
		require.Empty(t, foreign)
	})
}
