package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func standing(channel chat.Channel, standing chat.Standing, at time.Time) desk.ChannelNews {
	return desk.ChannelNews{ChannelID: channel.ID, News: chat.News{
		Field: "account_update", At: at, Text: string(standing), Sender: &chat.SenderNews{Standing: standing, Reason: string(standing)},
		Data: map[string]any{"event": string(standing)},
	}}
}

func tell(t *testing.T, s *store.Store, tenant chat.Tenant, told ...desk.ChannelNews) desk.Heard {
	t.Helper()
	heard, err := s.Tell(context.Background(), tenant.ID, told)
	require.NoError(t, err)
	return heard
}

func TestNewsAreAppliedOnceAndNeverBackwards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		online := func() bool {
			found, err := s.Channel(t.Context(), tenant.ID, channel.ID)
			require.NoError(t, err)
			return found.Online
		}
		now := time.Now().Add(-time.Hour).Truncate(time.Second)
		require.Len(t, tell(t, s, tenant, standing(channel, chat.StandingOff, now)).Notifications, 1)
		require.False(t, online())
		require.Empty(t, tell(t, s, tenant, standing(channel, chat.StandingOff, now)).Notifications, "the same webhook again")
		require.Empty(t, tell(t, s, tenant, standing(channel, chat.StandingGood, now.Add(-time.Minute))).Notifications, "older than what is known")
		require.False(t, online())

		back := tell(t, s, tenant, standing(channel, chat.StandingGood, now.Add(time.Minute)))
		require.Len(t, back.Notifications, 1)
		require.Equal(t, []string{channel.ID}, back.Freed)
		require.True(t, online())
		tell(t, s, tenant, standing(channel, chat.StandingOff, now))
		require.True(t, online())

		kept, err := s.News(t.Context(), tenant.ID, channel.ID, chat.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, kept, 3, "each once, the late one too")
		other, err := s.News(t.Context(), chat.NewID(), channel.ID, chat.Page{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, other)
	})
}

func TestNewsToldAtTheSameMomentAreAppliedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		at := time.Now().Add(-time.Hour)
		var everybody sync.WaitGroup
		var mutex sync.Mutex
		notes := 0
		for range 8 {
			everybody.Add(1)
			go func() {
				defer everybody.Done()
				heard, err := s.Tell(context.Background(), tenant.ID, []desk.ChannelNews{standing(channel, chat.StandingOff, at)})
				mutex.Lock()
				defer mutex.Unlock()
				notes += len(heard.Notifications)
				if err != nil {
					t.Error(err)
				}
			}()
		}
		everybody.Wait()
		require.Equal(t, 1, notes)
	})
}

// News without a time of their own, such as errors, are the same for an hour: a storm of them is one line.
func TestUntimedNewsAreTheSameForAnHour(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		storm := desk.ChannelNews{ChannelID: channel.ID, News: chat.News{Field: "errors", Text: "limite", Data: map[string]any{"code": 130429.0}}}
		require.Len(t, tell(t, s, tenant, storm, storm, storm).Notifications, 1)
		other := storm
		other.News.Data = map[string]any{"code": 131016.0}
		require.Len(t, tell(t, s, tenant, other).Notifications, 1)
	})
}

func TestNewsOfATemplate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		require.NoError(t, s.SaveTemplates(t.Context(), tenant.ID, channel.ID, []chat.Template{
			{ExternalID: "1689556908129832", Name: "retomada", Language: "pt_BR", Status: "APPROVED", Category: "UTILITY"},
			{ExternalID: "2", Name: "retomada", Language: "en_US", Status: "APPROVED", Category: "UTILITY"},
		}))
		news := func(n chat.TemplateNews) desk.ChannelNews {
			return desk.ChannelNews{ChannelID: channel.ID, News: chat.News{Field: "message_template_status_update", At: time.Now(), Text: "x", Template: &n, Data: map[string]any{"n": n}}}
		}
		tell(t, s, tenant, news(chat.TemplateNews{ExternalID: "1689556908129832", Name: "renamed", Language: "xx", Status: "PAUSED", Reason: "FIRST_PAUSE"}),
			news(chat.TemplateNews{ExternalID: "77", Name: "retomada", Language: "en_US", Quality: "RED", Category: "MARKETING"}))
		all, err := s.Templates(t.Context(), tenant.ID, channel.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"APPROVED", "RED", "MARKETING"}, []string{all[0].Status, all[0].Quality, all[0].Category}, "found by name")
		require.Equal(t, []string{"PAUSED", "FIRST_PAUSE", "UTILITY"}, []string{all[1].Status, all[1].Reason, all[1].Category}, "found by the provider's id")

		tell(t, s, tenant, news(chat.TemplateNews{Name: "unknown", Language: "pt_BR", Status: "PAUSED"}))
		found, err := s.Channel(t.Context(), tenant.ID, channel.ID)
		require.NoError(t, err)
		require.False(t, found.SyncDueAt.IsZero(), "an unknown template makes the list wanted")
	})
}
