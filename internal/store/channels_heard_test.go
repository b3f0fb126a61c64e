package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// Of several processes that look after channels at once, each channel is taken by one.
func TestAChannelIsTakenByOneProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		now := time.Now()
		claim := func(at time.Time) int {
			var mutex sync.Mutex
			taken := 0
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					claimed, err := s.ClaimSyncs(t.Context(), at, at.Add(-6*time.Hour), at.Add(10*time.Minute))
					if err != nil {
						t.Error(err)
					}
					mutex.Lock()
					defer mutex.Unlock()
					taken += len(claimed)
				})
			}
			all.Wait()
			return taken
		}
		require.Equal(t, 1, claim(now), "never read")
		require.Zero(t, claim(now.Add(9*time.Minute)))
		require.Equal(t, 1, claim(now.Add(10*time.Minute)), "whoever took it did not manage")
		require.NoError(t, s.SaveTemplates(t.Context(), tenant.ID, channel.ID, nil))
		require.Zero(t, claim(now.Add(time.Hour)))
		require.NoError(t, s.WantTemplates(t.Context(), tenant.ID, channel.ID, now.Add(2*time.Hour)))
		require.NoError(t, s.WantTemplates(t.Context(), tenant.ID, channel.ID, now.Add(3*time.Hour)))
		require.Zero(t, claim(now.Add(time.Hour)))
		require.Equal(t, 1, claim(now.Add(2*time.Hour)), "the earlier wish counts")

		asked, err := s.ClaimChecks(t.Context(), now, now.Add(-5*time.Minute), now.Add(-6*time.Hour))
		require.NoError(t, err)
		require.Len(t, asked, 1)
		later := now.Add(5 * time.Minute)
		asked, err = s.ClaimChecks(t.Context(), later, later.Add(-5*time.Minute), later.Add(-6*time.Hour))
		require.NoError(t, err)
		require.Empty(t, asked, "it is online")
		_, err = s.ChangeChannel(t.Context(), tenant.ID, channel.ID, func(c *chat.Channel) error {
			c.Online, c.Number.Quality = false, "RED"
			return nil
		})
		require.NoError(t, err)
		asked, err = s.ClaimChecks(t.Context(), later, later.Add(-5*time.Minute), later.Add(-6*time.Hour))
		require.NoError(t, err)
		require.Len(t, asked, 1)
		require.Equal(t, "RED", asked[0].Number.Quality)
	})
}

func TestWhatAChannelHears(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, made := storetest.Tenant(t, s)
		now := time.Now().Truncate(time.Millisecond)
		channel := func() chat.Channel {
			found, err := s.Channel(t.Context(), tenant.ID, made.ID)
			require.NoError(t, err)
			return found
		}
		require.NoError(t, s.Forged(t.Context(), tenant.ID, made.ID, 2))
		require.NoError(t, s.Forged(t.Context(), tenant.ID, made.ID, 3))
		require.Equal(t, 5, channel().Forged)
		require.NoError(t, s.Heard(t.Context(), tenant.ID, made.ID, now))
		require.Zero(t, channel().Forged)
		require.True(t, channel().HeardAt.Equal(now))
		require.NoError(t, s.Heard(t.Context(), tenant.ID, made.ID, now.Add(-time.Hour)))
		require.True(t, channel().HeardAt.Equal(now), "what another process heard before does not take it back")
		unconfirmed, rejected, err := s.ChannelTroubles(t.Context(), tenant.ID, made.ID, now.Add(-time.Hour))
		require.NoError(t, err)
		require.Zero(t, unconfirmed)
		require.Empty(t, rejected)
	})
}

// A template is usable since it was first found approved; one that was paused begins again.
func TestSinceWhenATemplateIsUsable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		since := func(status string) time.Time {
			template := chat.Template{
				Name: "a", Language: "pt_BR", Status: status, BodyText: "Oi {{1}}", Quality: "GREEN", Reason: "x", Beyond: "y", Components: []byte(`[{"type":"BODY"}]`),
				Cards: []chat.TemplatePart{{HeaderType: "IMAGE"}}, Offer: &chat.TemplateOffer{Text: "Só hoje", Expires: true},
			}
			require.NoError(t, s.SaveTemplates(t.Context(), tenant.ID, channel.ID, []chat.Template{template}))
			found, err := s.Templates(t.Context(), tenant.ID, channel.ID)
			require.NoError(t, err)
			require.Len(t, found, 1)
			template.ID, template.TenantID, template.ChannelID = found[0].ID, tenant.ID, channel.ID
			template.SyncedAt, template.UsableSince = found[0].SyncedAt, found[0].UsableSince
			require.Equal(t, template, found[0])
			return found[0].UsableSince
		}
		require.Zero(t, since("PENDING"))
		first := since("APPROVED")
		require.WithinDuration(t, time.Now(), first, time.Minute)
		require.Equal(t, first, since("APPROVED"), "later synchronisations do not make it fresh again")
		require.Zero(t, since("PAUSED"))
		require.False(t, since("APPROVED").Before(first))
	})
}
