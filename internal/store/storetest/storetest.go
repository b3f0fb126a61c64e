// Package storetest opens real stores for tests: SQLite always, PostgreSQL too when RETOMA_TEST_POSTGRES_URL is set.
// It must not know what is tested.
// Start reading at [Each].
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/store"
)

// PostgresVariable names the environment variable with the address of a PostgreSQL database that tests may write to.
const PostgresVariable = "RETOMA_TEST_POSTGRES_URL"

// Engines are the databases that this run covers.
func Engines() []string {
	engines := []string{"sqlite"}
	if os.Getenv(PostgresVariable) != "" {
		engines = append(engines, "postgres")
	}
	return engines
}

// Each runs a test on every database that this run covers, each time on an empty store.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, engine := range Engines() {
		t.Run(engine, func(t *testing.T) {
			test(t, Open(t, store.Options{Address: Address(t, engine)}))
		})
	}
}

// Address makes a database of an engine with all tables and no rows, which goes away with the test.
func Address(t testing.TB, engine string) string {
	t.Helper()
	address := Bare(t, engine)
	if engine == "sqlite" {
		fill(t, strings.TrimPrefix(address, "sqlite://"))
	} else {
		execute(t, address, script(t))
	}
	return address
}

// Bare makes a database without any table, which goes away with the test: for what is about migrations.
func Bare(t testing.TB, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return "sqlite://" + filepath.Join(t.TempDir(), "retoma.db")
	}
	return schema(t, os.Getenv(PostgresVariable))
}

// schema makes a schema of its own, so that tests do not meet.
func schema(t testing.TB, address string) string {
	t.Helper()
	name := "test_" + strings.ReplaceAll(chat.NewID(), "-", "")
	execute(t, address, "CREATE SCHEMA "+name)
	t.Cleanup(func() { execute(t, address, "DROP SCHEMA "+name+" CASCADE") })
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", name)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func execute(t testing.TB, address, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	connection, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	_, err = connection.Exec(ctx, statement)
	require.NoError(t, err)
	require.NoError(t, connection.Close(ctx))
}

// Open opens a store that closes with the test.
func Open(t testing.TB, options store.Options) *store.Store {
	t.Helper()
	if options.SecretKey == "" {
		options.SecretKey = "a key for tests"
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s, err := store.Open(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// Tenant makes a tenant with a channel of the provider "fake".
func Tenant(t testing.TB, s *store.Store) (chat.Tenant, chat.Channel) {
	t.Helper()
	ctx := context.Background()
	tenant := chat.Tenant{ID: chat.NewID(), Name: "Loja", Settings: chat.Settings{Timezone: "America/Sao_Paulo"}}
	require.NoError(t, s.CreateTenant(ctx, tenant))
	channel := chat.Channel{
		ID: chat.NewID(), TenantID: tenant.ID, Name: "Vendas", Provider: "fake", Phone: "+551140040001", Account: "account-" + tenant.ID,
		Token: fmt.Sprintf("token-%s", tenant.ID), Config: map[string]string{}, Secrets: map[string]string{"accessToken": "secret"},
		Online: true, OnUnconfirmed: chat.UnconfirmedHold,
	}
	require.NoError(t, s.CreateChannel(ctx, channel))
	return tenant, channel
}
