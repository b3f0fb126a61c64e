package store_test

import (
	"context"
	"strings"
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

// picture is an arrival of a customer's picture.
func picture(tenant chat.Tenant, channel chat.Channel, externalID string) desk.Arrival {
	arrival := message(tenant, channel, "+5511999990001", externalID, "")
	arrival.Event.Message.Content = chat.Content{Type: chat.Image, Text: "olha", Media: &chat.Media{ID: "1891131285931110", MIME: "image/jpeg", SHA256: "abc"}}
	return arrival
}

const (
	fetchLease = 20 * time.Second
	someSum    = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

// worked writes what lies in the inbox into the history, as a worker does.
func worked(t *testing.T, s *store.Store, ref desk.Ref) {
	t.Helper()
	_, err := s.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		for _, mail := range d.Mail {
			event := mail.Event
			d.Changes.NewMessages = append(d.Changes.NewMessages, chat.Message{
				ID: event.ID, TenantID: event.TenantID, ContactID: event.ContactID, ConversationID: event.ConversationID, ChannelID: event.ChannelID,
				Direction: chat.Inbound, State: chat.Received, ExternalID: event.ExternalID, Content: event.Message.Content, CreatedAt: event.ReceivedAt,
			})
			d.Changes.Handled = append(d.Changes.Handled, event.ID)
		}
		return nil
	})
	require.NoError(t, err)
}

func claim(t *testing.T, s *store.Store, now time.Time, busy ...string) []chat.File {
	t.Helper()
	claimed, err := s.ClaimFetches(context.Background(), now, fetchLease, 10, busy)
	require.NoError(t, err)
	return claimed
}

func TestACustomersFileIsWrittenDownWithItsMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		arrival := picture(tenant, channel, "w1")
		written := receive(t, s, arrival)
		require.True(t, written.Fetch)
		require.Empty(t, arrival.Event.Message.Content.Media.MediaID, "the caller's event stays as it is")
		require.False(t, receive(t, s, arrival).Fetch, "a repeated webhook fetches nothing")
		require.False(t, receive(t, s, message(tenant, channel, "+5511999990001", "w2", "oi")).Fetch)

		files := claim(t, s, time.Now())
		require.Len(t, files, 1)
		require.Equal(t, written.Accepted[0].EventID, files[0].MessageID)
		require.Equal(t, chat.Media{ID: "1891131285931110", MIME: "image/jpeg", SHA256: "abc"}, files[0].Source)

		worked(t, s, written.Wake[0])
		shown, err := s.Message(ctx, tenant.ID, written.Accepted[0].EventID)
		require.NoError(t, err)
		require.Equal(t, files[0].ID, shown.Content.Media.MediaID)
		require.Equal(t, chat.FileFetching, shown.Content.Media.Status)

		require.NoError(t, s.UseBlob(ctx, tenant.ID, someSum, 12))
		require.NoError(t, s.EndFetch(ctx, files[0], desk.Fetched{State: chat.FileKept, MIME: "image/png", Size: 12, SHA256: someSum, KeptAt: time.Now()}))
		listed, err := s.Messages(ctx, tenant.ID, chat.MessageFilter{Page: chat.Page{Limit: 5}})
		require.NoError(t, err)
		for _, one := range listed {
			if one.ID == shown.ID {
				shown = one
			}
		}
		require.Equal(t, chat.FileKept, shown.Content.Media.Status)
		require.Equal(t, int64(12), shown.Content.Media.Size)
		require.Equal(t, "image/png", shown.Content.Media.MIME)

		require.NoError(t, s.DeleteFile(ctx, tenant.ID, files[0].ID))
		shown, err = s.Message(ctx, tenant.ID, shown.ID)
		require.NoError(t, err)
		require.Equal(t, chat.FileDeleted, shown.Content.Media.Status)
	})
}

func TestAClaimIsOnesOwnUntilItsLeaseIsOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		written := receive(t, s, picture(tenant, channel, "w1"))
		now := time.Now()
		require.Empty(t, claim(t, s, now, tenant.ID), "a tenant that has its share waits")
		first := claim(t, s, now)
		require.Len(t, first, 1)
		require.Empty(t, claim(t, s, now.Add(fetchLease-time.Second)))
		require.NoError(t, s.KeepFetching(ctx, first, now.Add(2*fetchLease)))
		require.Empty(t, claim(t, s, now.Add(fetchLease+time.Second)), "who says that it lives keeps it")

		second := claim(t, s, now.Add(2*fetchLease+time.Second))
		require.Len(t, second, 1)
		require.Equal(t, 2, second[0].Attempts)
		require.NoError(t, s.EndFetch(ctx, first[0], desk.Fetched{State: chat.FileFailed, Problem: "tarde demais"}))
		found, err := s.File(ctx, tenant.ID, second[0].ID)
		require.NoError(t, err)
		require.Equal(t, chat.FileFetching, found.State, "what a lost claim came to counts no more")

		require.NoError(t, s.EndFetch(ctx, second[0], desk.Fetched{State: chat.FileFailed, Problem: "não há mais"}))
		require.Empty(t, claim(t, s, now.Add(time.Hour)))
		again, err := s.FetchAgain(ctx, tenant.ID, written.Accepted[0].EventID)
		require.NoError(t, err)
		require.Equal(t, int64(1), again)
		require.Equal(t, 1, claim(t, s, time.Now().Add(time.Second))[0].Tries, "whoever asks again begins anew")
		again, err = s.FetchAgain(ctx, chat.NewID(), written.Accepted[0].EventID)
		require.NoError(t, err)
		require.Zero(t, again, "another tenant's")
	})
}

func TestProcessesThatLookAtOnceClaimEachFileOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		const all = 40
		for i := range all {
			receive(t, s, picture(tenant, channel, "w"+strings.Repeat("i", i+1)))
		}
		var mutex sync.Mutex
		var everybody sync.WaitGroup
		times := map[string]int{}
		now := time.Now().Add(time.Second)
		for range 4 {
			everybody.Go(func() {
				for range all {
					claimed, err := s.ClaimFetches(context.Background(), now, fetchLease, 3, nil)
					if err != nil {
						t.Errorf("claim: %v", err)
						return
					}
					mutex.Lock()
					for _, file := range claimed {
						times[file.ID]++
					}
					mutex.Unlock()
				}
			})
		}
		everybody.Wait()
		require.Len(t, times, all)
		for id, count := range times {
			require.Equal(t, 1, count, id)
		}
	})
}

// upload is a kept file as the shelf makes it.
func upload(t *testing.T, s *store.Store, tenantID, sum string, kind chat.ContentType) chat.File {
	t.Helper()
	require.NoError(t, s.UseBlob(context.Background(), tenantID, sum, 12))
	kept, err := s.KeepFile(context.Background(), chat.File{
		ID: chat.NewID(), TenantID: tenantID, Kind: kind, State: chat.FileKept, MIME: "image/png", Size: 12, SHA256: sum, FileName: "a.png", CreatedAt: time.Now(), KeptAt: time.Now(),
	})
	require.NoError(t, err)
	return kept
}

func TestTheSameBytesAreTheSameFileForOneTenant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ours, _ := storetest.Tenant(t, s)
		theirs := chat.NewID()
		first := upload(t, s, ours.ID, someSum, chat.Image)
		require.Equal(t, first.ID, upload(t, s, ours.ID, someSum, chat.Image).ID)
		require.NotEqual(t, first.ID, upload(t, s, ours.ID, someSum, chat.Document).ID, "to be sent as something else")
		require.NotEqual(t, first.ID, upload(t, s, theirs, someSum, chat.Image).ID)
		_, err := s.File(context.Background(), theirs, first.ID)
		require.True(t, fault.Is(err, fault.NotFound))
		require.True(t, fault.Is(s.DeleteFile(context.Background(), theirs, first.ID), fault.NotFound))
	})
}

func TestAFileThatIsNeededIsNotDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		file := upload(t, s, tenant.ID, someSum, chat.Image)
		accepted := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		item := desk.Item{ID: chat.NewID(), Action: "send_message", State: desk.ItemPending, DueAt: time.Now().Add(time.Hour)}
		item.OrderingKey = item.ID
		item.Message = chat.Message{
			ID: item.ID, TenantID: tenant.ID, ContactID: accepted.ContactID, ConversationID: accepted.ConversationID, ChannelID: channel.ID,
			Direction: chat.Outbound, State: chat.Queued, Content: chat.Content{Type: chat.Image, Media: &chat.Media{MediaID: file.ID}}, CreatedAt: time.Now(),
		}
		require.NoError(t, s.Enqueue(ctx, item, time.Now()))
		require.True(t, fault.Is(s.DeleteFile(ctx, tenant.ID, file.ID), fault.Conflict))
		_, err := s.Withdraw(ctx, tenant.ID, item.ID, "não mais")
		require.NoError(t, err)
		require.NoError(t, s.DeleteFile(ctx, tenant.ID, file.ID))
	})
}

func TestBlobsAreSweptOnlyWhenNothingCanReferToThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		later := time.Now().Add(time.Minute)
		unused := func(before time.Time) []desk.Blob {
			found, err := s.UnusedBlobs(ctx, before, 10)
			require.NoError(t, err)
			return found
		}
		file := upload(t, s, tenant.ID, someSum, chat.Image)
		require.Empty(t, unused(later), "a file has it")
		second := upload(t, s, tenant.ID, someSum, chat.Document)
		require.NoError(t, s.DeleteFile(ctx, tenant.ID, file.ID))
		require.Empty(t, unused(later), "another file has it")
		require.NoError(t, s.DeleteFile(ctx, tenant.ID, second.ID))
		require.Empty(t, unused(time.Now().Add(-time.Hour)), "somebody may be about to refer to it")

		blob := desk.Blob{TenantID: tenant.ID, SHA256: someSum}
		require.Equal(t, []desk.Blob{blob}, unused(later))
		err := s.UseBlob(ctx, tenant.ID, someSum, 12)
		require.True(t, fault.Is(err, fault.Unavailable), "it is being removed: %v", err)
		require.Equal(t, []desk.Blob{blob}, unused(later), "whoever began to remove it may have died")
		require.NoError(t, s.BlobGone(ctx, blob))
		require.Empty(t, unused(later))
		require.NoError(t, s.UseBlob(ctx, tenant.ID, someSum, 12))
		require.Len(t, unused(later), 1, "what was begun and never finished")
	})
}

func TestAProvidersCopyCountsUntilItsEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		file := upload(t, s, tenant.ID, someSum, chat.Image)
		now := time.Now()
		known := func(until time.Time) string {
			name, err := s.MediaUpload(ctx, tenant.ID, channel.ID, file.ID, until)
			require.NoError(t, err)
			return name
		}
		require.Empty(t, known(now))
		require.NoError(t, s.SaveMediaUpload(ctx, tenant.ID, channel.ID, file.ID, "111", now.Add(time.Hour)))
		require.NoError(t, s.SaveMediaUpload(ctx, tenant.ID, channel.ID, file.ID, "222", now.Add(2*time.Hour)))
		require.Equal(t, "222", known(now.Add(time.Hour)), "the last one counts")
		require.Empty(t, known(now.Add(3*time.Hour)))
		require.NoError(t, s.DeleteFile(ctx, tenant.ID, file.ID))
		require.Empty(t, known(now))
	})
}

func TestAChannelOfAnotherAccountHasNoCopies(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *chat.Channel)
		want   string
	}{
		{"another number", func(c *chat.Channel) { c.Account = "999" }, ""},
		{"another provider", func(c *chat.Channel) { c.Provider = "other" }, ""},
		{"another account of the number", func(c *chat.Channel) { c.Config = map[string]string{"wabaId": "888"} }, ""},
		{"the same map, changed in place", func(c *chat.Channel) { c.Config["wabaId"] = "888" }, ""},
		{"another name", func(c *chat.Channel) { c.Name = "Outro" }, "222"},
		{"another token", func(c *chat.Channel) { c.Secrets = map[string]string{"accessToken": "new"} }, "222"},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				ctx := context.Background()
				tenant, channel := storetest.Tenant(t, s)
				_, err := s.ChangeChannel(ctx, tenant.ID, channel.ID, func(c *chat.Channel) error {
					c.Config = map[string]string{"wabaId": "777"}
					return nil
				})
				require.NoError(t, err)
				file := upload(t, s, tenant.ID, someSum, chat.Image)
				other := channel
				other.ID, other.Account, other.Token = chat.NewID(), "333", chat.NewID()
				require.NoError(t, s.CreateChannel(ctx, other))
				for _, id := range []string{channel.ID, other.ID} {
					require.NoError(t, s.SaveMediaUpload(ctx, tenant.ID, id, file.ID, "222", time.Now().Add(time.Hour)))
				}
				_, err = s.ChangeChannel(ctx, tenant.ID, channel.ID, func(one *chat.Channel) error {
					c.change(one)
					return nil
				})
				require.NoError(t, err)
				known, err := s.MediaUpload(ctx, tenant.ID, channel.ID, file.ID, time.Now())
				require.NoError(t, err)
				require.Equal(t, c.want, known)
				known, err = s.MediaUpload(ctx, tenant.ID, other.ID, file.ID, time.Now())
				require.NoError(t, err)
				require.Equal(t, "222", known, "another channel keeps its own")
			})
		})
	}
}
