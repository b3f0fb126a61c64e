package store_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func TestADocumentKeepsItsVersionsAndItsNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		first, err := s.CreateDocument(ctx, flows.Document{ID: chat.NewID(), TenantID: tenant.ID, Kind: flows.ModelDocument, Name: "A", Active: true, Body: json.RawMessage(`{"v":1}`)})
		require.NoError(t, err)
		second, err := s.CreateDocument(ctx, flows.Document{ID: chat.NewID(), TenantID: tenant.ID, Kind: flows.ModelDocument, Name: "B", Active: true, Body: json.RawMessage(`{}`)})
		require.NoError(t, err)
		require.Equal(t, []int64{1, 2}, []int64{first.Number, second.Number})

		changed, err := s.ChangeDocument(ctx, tenant.ID, first.ID, func(d *flows.Document) error { d.Body = json.RawMessage(`{"v":2}`); return nil })
		require.NoError(t, err)
		require.Equal(t, 2, changed.Version)
		same, err := s.ChangeDocument(ctx, tenant.ID, first.ID, func(d *flows.Document) error { d.Name = "A2"; return nil })
		require.NoError(t, err)
		require.Equal(t, 2, same.Version, "a new name is no new version")
		old, err := s.DocumentVersion(ctx, tenant.ID, first.ID, 1)
		require.NoError(t, err)
		require.JSONEq(t, `{"v":1}`, string(old.Body))
		read, err := s.Document(ctx, tenant.ID, flows.ModelDocument, chat.Ref{ID: first.ID})
		require.NoError(t, err)
		require.Equal(t, []time.Time{same.CreatedAt, same.UpdatedAt}, []time.Time{read.CreatedAt, read.UpdatedAt})
		require.Equal(t, first.CreatedAt, read.CreatedAt, "what was answered is what is stored")

		_, err = s.ChangeDocument(ctx, tenant.ID, first.ID, func(d *flows.Document) error { d.DeletedAt = time.Now(); return nil })
		require.NoError(t, err)
		_, err = s.Document(ctx, tenant.ID, flows.ModelDocument, chat.Ref{Number: 1})
		require.True(t, fault.Is(err, fault.NotFound))
		_, err = s.DocumentVersion(ctx, tenant.ID, first.ID, 2)
		require.NoError(t, err, "runs keep walking what they began")
	})
}

func TestAKeyIsOfOneDocumentOfItsKind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		document := func(key string) flows.Document {
			return flows.Document{ID: chat.NewID(), TenantID: tenant.ID, Kind: flows.ConfigDocument, Key: key, Body: json.RawMessage(`{}`)}
		}
		_, err := s.CreateDocument(ctx, document("a"))
		require.NoError(t, err)
		_, err = s.CreateDocument(ctx, document("a"))
		require.True(t, fault.Is(err, fault.Conflict))
		other, err := s.CreateDocument(ctx, document("b"))
		require.NoError(t, err)
		_, err = s.ChangeDocument(ctx, tenant.ID, other.ID, func(d *flows.Document) error { d.Key = "a"; return nil })
		require.True(t, fault.Is(err, fault.Conflict))
	})
}

func TestIdempotencyKeysGiveTheFirstAnswerAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		earlier, err := s.RememberRequest(ctx, tenant.ID, "k", "body")
		require.NoError(t, err)
		require.Nil(t, earlier)
		_, err = s.RememberRequest(ctx, tenant.ID, "k", "body")
		require.True(t, fault.Is(err, fault.Conflict), "the first is still being answered")
		require.NoError(t, s.RememberAnswer(ctx, tenant.ID, "k", chat.Answer{Status: 201, Body: "{}"}))
		earlier, err = s.RememberRequest(ctx, tenant.ID, "k", "body")
		require.NoError(t, err)
		require.Equal(t, &chat.Answer{Status: 201, Body: "{}"}, earlier)
		_, err = s.RememberRequest(ctx, tenant.ID, "k", "another body")
		require.True(t, fault.Is(err, fault.Conflict))
		other, _ := storetest.Tenant(t, s)
		earlier, err = s.RememberRequest(ctx, other.ID, "k", "another body")
		require.NoError(t, err)
		require.Nil(t, earlier, "keys of two tenants never meet")
	})
}

func TestCredentialsAreEncryptedAtRestAndBoundToTheirRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tenant, channel := storetest.Tenant(t, s)
		read, err := s.Channel(context.Background(), tenant.ID, channel.ID)
		require.NoError(t, err)
		require.Equal(t, "secret", read.Secrets["accessToken"])
	})
	path := filepath.Join(t.TempDir(), "retoma.db")
	s := storetest.Open(t, store.Options{Address: "sqlite://" + path})
	storetest.Tenant(t, s)
	require.NotContains(t, string(databaseBytes(t, path)), "secret\"")
}

func TestASecondProcessOnTheSameFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retoma.db")
	storetest.Open(t, store.Options{Address: "sqlite://" + path})
	_, err := store.Open(context.Background(), store.Options{Address: "sqlite://" + path, SecretKey: "k"})
	require.ErrorContains(t, err, "already uses this SQLite database")
}

func TestAWrongSecretKeyIsRefusedAtTheStart(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Address(t, engine)
			first, err := store.Open(context.Background(), store.Options{Address: address, SecretKey: "the right one"})
			require.NoError(t, err)
			require.NoError(t, first.Close())
			_, err = store.Open(context.Background(), store.Options{Address: address, SecretKey: "another"})
			require.ErrorContains(t, err, "RETOMA_SECRET_KEY")
			again, err := store.Open(context.Background(), store.Options{Address: address, SecretKey: "the right one"})
			require.NoError(t, err)
			require.NoError(t, again.Close())
		})
	}
}

func TestMigrationsApplyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		again, err := s.Migrate(context.Background())
		require.NoError(t, err)
		require.Empty(t, again)
		states, err := s.Migrations(context.Background())
		require.NoError(t, err)
		require.NotEmpty(t, states)
		for _, state := range states {
			require.True(t, state.Applied)
		}
	})
}

func TestDueTimesAreArmedOnceAndAgainInANewEpoch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, channel := storetest.Tenant(t, s)
		who := receive(t, s, message(tenant, channel, "+5511999990001", "w1", "oi")).Accepted[0]
		item := queued(tenant, channel, who)
		item.DueAt = time.Now().Add(time.Hour)
		require.NoError(t, s.Enqueue(ctx, item, time.Now()))
		alarms, err := s.Unarmed(ctx, time.Now().Add(30*time.Minute), 10)
		require.NoError(t, err)
		require.Empty(t, alarms, "beyond the horizon")
		alarms, err = s.Unarmed(ctx, time.Now().Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Len(t, alarms, 1)
		require.Equal(t, desk.AlarmItem, alarms[0].Kind)
		require.NoError(t, s.MarkArmed(ctx, alarms))
		alarms, err = s.Unarmed(ctx, time.Now().Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Empty(t, alarms)

		set, err := s.SetEpoch(ctx, "", "a")
		require.NoError(t, err)
		require.True(t, set)
		set, err = s.SetEpoch(ctx, "", "b")
		require.NoError(t, err)
		require.False(t, set, "one process wins")
		require.NoError(t, s.Disarm(ctx))
		alarms, err = s.Unarmed(ctx, time.Now().Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Len(t, alarms, 1)
	})
}

func TestANotificationIsClaimedByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		now := time.Now()
		n := desk.Notification{ID: chat.NewID(), TenantID: tenant.ID, Kind: "send.failed", Title: "Falha", Text: "x", At: now, DueAt: now}
		require.NoError(t, s.Notify(ctx, n))
		claimed, ok, err := s.ClaimNotification(ctx, n.ID, now, time.Minute)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "Falha", claimed.Title)
		_, ok, err = s.ClaimNotification(ctx, n.ID, now, time.Minute)
		require.NoError(t, err)
		require.False(t, ok)
		ids, err := s.OverdueNotifications(ctx, now.Add(2*time.Minute), 10)
		require.NoError(t, err)
		require.Equal(t, []string{n.ID}, ids, "whoever claimed it may have died")
		require.NoError(t, s.EndNotification(ctx, n.ID, "sent", "", now))
		ids, err = s.OverdueNotifications(ctx, now.Add(2*time.Minute), 10)
		require.NoError(t, err)
		require.Empty(t, ids)
	})
}

func TestRevokedKeysAreUnknownAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		tenant, _ := storetest.Tenant(t, s)
		key := chat.APIKey{ID: chat.NewID(), TenantID: tenant.ID, Name: "n8n", Hash: "h" + tenant.ID, Role: chat.RoleOperator, Scopes: []string{"followups:read"}}
		require.NoError(t, s.CreateAPIKey(ctx, key))
		found, err := s.APIKey(ctx, key.Hash)
		require.NoError(t, err)
		require.Equal(t, key.Scopes, found.Scopes)
		other, _ := storetest.Tenant(t, s)
		require.True(t, fault.Is(s.RevokeAPIKey(ctx, other.ID, key.ID), fault.NotFound), "another tenant's key")
		require.NoError(t, s.RevokeAPIKey(ctx, tenant.ID, key.ID))
		_, err = s.APIKey(ctx, key.Hash)
		require.True(t, fault.Is(err, fault.NotFound))
	})
}
