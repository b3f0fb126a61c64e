package storetest_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// described are queries that tell everything of a schema, each row as one text; $1 is its name in PostgreSQL.
var described = map[string][]string{
	"sqlite": {
		"SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name",
		"SELECT version_id || ' ' || is_applied FROM goose_db_version ORDER BY version_id",
	},
	"postgres": {
		`SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, column_default, is_identity, identity_generation, generation_expression)
			FROM information_schema.columns WHERE table_schema = $1 ORDER BY table_name, ordinal_position`,
		"SELECT indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY indexname",
		`SELECT c.relname || ' ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = $1 ORDER BY c.relname, t.tgname`,
		"SELECT p.proname || ' ' || pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 ORDER BY p.proname",
		`SELECT c.conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
			WHERE n.nspname = $1 ORDER BY c.conname`,
		"SELECT version_id || ' ' || is_applied FROM goose_db_version WHERE $1 <> '' ORDER BY version_id",
	},
}

// describe tells a database's tables, columns, indexes, triggers, functions, constraints and applied migrations.
func describe(t *testing.T, engine, address string) []string {
	t.Helper()
	driver, source, name, args := "sqlite", "file:"+strings.TrimPrefix(address, "sqlite://"), "", []any(nil)
	if engine == "postgres" {
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		driver, source, name = "pgx", address, parsed.Query().Get("search_path")
		args = []any{name}
	}
	database, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	var lines []string
	for _, query := range described[engine] {
		found := read(t, database, query, args)
		require.NotEmpty(t, found, query)
		lines = append(lines, found...)
	}
	if name != "" {
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], name, "schema")
		}
	}
	return lines
}

func read(t *testing.T, database *sql.DB, query string, args []any) []string {
	t.Helper()
	rows, err := database.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var lines []string
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(t, rows.Err())
	return lines
}

func TestADatabaseForTestsIsLikeAMigratedOne(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			walked, replayed := storetest.Bare(t, engine), storetest.Address(t, engine)
			s, err := store.Connect(t.Context(), store.Options{Address: walked, SecretKey: "key"})
			require.NoError(t, err)
			applied, err := s.Migrate(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, applied)
			require.NoError(t, s.Close())
			require.Equal(t, describe(t, engine, walked), describe(t, engine, replayed))

			s, err = store.Connect(t.Context(), store.Options{Address: replayed, SecretKey: "key"})
			require.NoError(t, err)
			applied, err = s.Migrate(t.Context())
			require.NoError(t, err)
			require.Empty(t, applied)
			require.NoError(t, s.Close())
		})
	}
}
