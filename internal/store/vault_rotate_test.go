package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// treasury is a tenant with a secret of every kind, all of them different.
type treasury struct {
	tenant, channel, assistant, subscription string
}

const sealedChannels = 55 // more than one step of a rotation

func fillTreasury(t *testing.T, s *store.Store) treasury {
	t.Helper()
	ctx := t.Context()
	tenant := chat.Tenant{ID: chat.NewID(), Name: "Loja"}
	tenant.Settings.Notify = chat.Notify{WebhookSecret: "secret of the webhook", URLs: []string{"telegram://a:token@telegram?chats=1"}}
	tenant.Settings.AI.APIKey, tenant.Settings.Typebot.Secret = "key of the AI", "secret of Typebot"
	require.NoError(t, s.CreateTenant(ctx, tenant))
	made := treasury{tenant: tenant.ID}
	for i := range sealedChannels {
		made.channel = chat.NewID()
		require.NoError(t, s.CreateChannel(ctx, chat.Channel{
			ID: made.channel, TenantID: tenant.ID, Name: "Vendas", Provider: "fake", Phone: fmt.Sprintf("+5511400%05d", i), Account: fmt.Sprint("account", i),
			Token: chat.NewID(), Secrets: map[string]string{"accessToken": "token of the channel"},
		}))
	}
	assistant, err := s.CreateAssistant(ctx, chat.Assistant{ID: chat.NewID(), TenantID: tenant.ID, Name: "Bia", APIKey: "key of the assistant"})
	require.NoError(t, err)
	made.assistant = assistant.ID
	subscription := desk.Subscription{
		ID: chat.NewID(), TenantID: tenant.ID, URL: "https://loja.example", Events: []string{"optout"}, Secret: "whsec_new", FormerSecret: "whsec_former",
		FormerUntil: time.Now().Add(time.Hour),
	}
	require.NoError(t, s.CreateSubscription(ctx, subscription))
	made.subscription = subscription.ID
	_, err = s.RememberRequest(ctx, tenant.ID, "a key", "request")
	require.NoError(t, err)
	require.NoError(t, s.RememberAnswer(ctx, tenant.ID, "a key", chat.Answer{Status: 201, Body: `{"key":"rtm_shown_once"}`}))
	return made
}

// requireReadable reads every secret.
func (m treasury) requireReadable(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	tenant, err := s.Tenant(ctx, m.tenant)
	require.NoError(t, err)
	require.Equal(t, "secret of the webhook", tenant.Settings.Notify.WebhookSecret)
	require.Equal(t, []string{"telegram://a:token@telegram?chats=1"}, tenant.Settings.Notify.URLs)
	require.Equal(t, "key of the AI", tenant.Settings.AI.APIKey)
	require.Equal(t, "secret of Typebot", tenant.Settings.Typebot.Secret)
	setup, err := s.Setup(ctx, m.tenant)
	require.NoError(t, err)
	require.Len(t, setup.Channels, sealedChannels)
	for _, channel := range setup.Channels {
		require.Equal(t, "token of the channel", channel.Secrets["accessToken"])
	}
	require.Equal(t, "key of the assistant", setup.Assistants[m.assistant].APIKey)
	subscription, err := s.Subscription(ctx, m.tenant, m.subscription)
	require.NoError(t, err)
	require.Equal(t, "whsec_new whsec_former", subscription.Secret+" "+subscription.FormerSecret)
	answer, err := s.RememberRequest(ctx, m.tenant, "a key", "request")
	require.NoError(t, err)
	require.JSONEq(t, `{"key":"rtm_shown_once"}`, answer.Body)
}

func TestTheKeyChangesWhileEverythingRuns(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Address(t, engine)
			first := openWith(t, address, "first")
			made := fillTreasury(t, first)
			require.NoError(t, first.Close())

			_, err := store.Open(t.Context(), store.Options{Address: address, SecretKey: "second"})
			require.ErrorContains(t, err, "RETOMA_SECRET_KEY is not the one")

			second := openWith(t, address, "second", "other", "first")
			made.requireReadable(t, second)
			done := rotateTogether(t, second, second)
			require.Zero(t, done.Unreadable)
			require.Equal(t, sealedChannels+6, done.Sealed, "channels, assistant, subscription, tenant, answer, the key's memory and the digests' key; each by one of the two")
			again, err := second.RotateSecrets(t.Context())
			require.NoError(t, err)
			require.Zero(t, again.Sealed)
			require.NoError(t, second.Close())

			alone := openWith(t, address, "second")
			made.requireReadable(t, alone)
			require.NoError(t, alone.Close())
			_, err = store.Open(t.Context(), store.Options{Address: address, SecretKey: "first"})
			require.ErrorContains(t, err, "RETOMA_SECRET_KEY is not the one", "the former key opens nothing any more")
		})
	}
}

// rotateTogether is two processes that rotate at the same time.
func rotateTogether(t *testing.T, stores ...*store.Store) store.Rotated {
	t.Helper()
	var all store.Rotated
	var mutex sync.Mutex
	var group sync.WaitGroup
	var failed error
	for _, s := range stores {
		group.Go(func() {
			done, err := s.RotateSecrets(context.Background())
			mutex.Lock()
			defer mutex.Unlock()
			failed = errors.Join(failed, err)
			all.Sealed += done.Sealed
			all.Unreadable += done.Unreadable
		})
	}
	group.Wait()
	require.NoError(t, failed)
	return all
}

func openWith(t *testing.T, address, key string, former ...string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Address: address, SecretKey: key, FormerKeys: former})
	require.NoError(t, err)
	return s
}

// What the list of tables forgets would be lost with the former key.
func TestEverySecretIsUnderTheNewestKey(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Address(t, engine)
			s := openWith(t, address, "first")
			made := fillTreasury(t, s)
			who := receive(t, s, message(chat.Tenant{ID: made.tenant}, chat.Channel{ID: made.channel}, "+5511999990001", "w1", "oi")).Accepted[0]
			_, err := s.Erase(t.Context(), made.tenant, who.ContactID)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			before := sealedIn(t, engine, address)
			require.Len(t, before, sealedChannels+1+2+4+1+1+1+1, "channels, assistant, subscription, settings, answer, memory, the digests' key, an erasure")
			s = openWith(t, address, "second", "first")
			_, err = s.RotateSecrets(t.Context())
			require.NoError(t, err)
			require.NoError(t, s.Close())
			after := sealedIn(t, engine, address)
			require.Len(t, after, len(before))
			for sealed, table := range before {
				require.NotContains(t, after, sealed, table)
			}
		})
	}
}

var sealedForm = regexp.MustCompile(`v1:[A-Za-z0-9+/]{20,}=*`)

// sealedIn are all encrypted values of a database, whatever table they are in.
func sealedIn(t *testing.T, engine, address string) map[string]string {
	t.Helper()
	driver, source, tables := "sqlite", "file:"+strings.TrimPrefix(address, "sqlite://"), "SELECT name FROM sqlite_master WHERE type = 'table'"
	if engine == "postgres" {
		driver, source, tables = "pgx", address, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	database, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	found := map[string]string{}
	for _, table := range cells(t, database, tables) {
		for _, cell := range cells(t, database, "SELECT * FROM "+table) {
			for _, sealed := range sealedForm.FindAllString(cell, -1) {
				found[sealed] = table
			}
		}
	}
	return found
}

func cells(t *testing.T, database *sql.DB, query string) []string {
	t.Helper()
	rows, err := database.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var all []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		for _, value := range values {
			all = append(all, fmt.Sprintf("%s", value))
		}
	}
	require.NoError(t, rows.Err())
	return all
}

func TestWhatNoKeyOpensIsCountedAndLeftAsItIs(t *testing.T) {
	address := storetest.Address(t, "sqlite")
	lost := openWith(t, address, "lost")
	_, foreign := storetest.Tenant(t, lost)
	require.NoError(t, lost.Close())
	database, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(address, "sqlite://"))
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), "DELETE FROM installation")
	require.NoError(t, err)
	require.NoError(t, database.Close())

	_, err = store.Open(t.Context(), store.Options{Address: address, SecretKey: "first"})
	require.ErrorContains(t, err, "RETOMA_SECRET_KEY is not the one", "a database without a memory of its key is asked by what it holds")

	s := openWith(t, address, "lost")
	require.NoError(t, s.Close())
	moved := foreign.ID[:len(foreign.ID)-1] + "x"
	database, err = sql.Open("sqlite", "file:"+strings.TrimPrefix(address, "sqlite://"))
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), "UPDATE channels SET id = $1 WHERE id = $2", moved, foreign.ID)
	require.NoError(t, err)
	require.NoError(t, database.Close())
	s = openWith(t, address, "second", "lost")
	done, err := s.RotateSecrets(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, done.Unreadable, "a secret that was moved to another row does not open")
	require.NoError(t, s.Close())
	_, err = store.Open(t.Context(), store.Options{Address: address, SecretKey: "second"})
	require.ErrorContains(t, err, "RETOMA_SECRET_KEYS_OLD", "the start asks for the former key as long as something was not done")
}

func TestAnEmptyKeyIsRefused(t *testing.T) {
	for _, keys := range [][]string{{""}, {"a", ""}} {
		_, err := store.Open(t.Context(), store.Options{Address: storetest.Address(t, "sqlite"), SecretKey: keys[0], FormerKeys: keys[1:]})
		require.ErrorContains(t, err, "RETOMA_SECRET_KEY")
	}
}
