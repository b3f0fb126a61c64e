package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Dump is every row of every table of a SQLite file as text, by table; the keys that requests remember are left out.
// Two equal dumps mean that nothing was changed.
func Dump(t testing.TB, path string) map[string][]string {
	t.Helper()
	database, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	dump := map[string][]string{}
	for _, table := range Rows(t, database, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'idempotency'") {
		dump[table] = Rows(t, database, "SELECT * FROM "+table)
	}
	return dump
}

// Rows is what a question to a database gives, a line of text for each row.
func Rows(t testing.TB, database *sql.DB, query string) []string {
	t.Helper()
	rows, err := database.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var lines []string
	for rows.Next() {
		cells, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			targets[i] = &cells[i]
		}
		require.NoError(t, rows.Scan(targets...))
		lines = append(lines, strings.TrimSpace(fmt.Sprintln(cells...)))
	}
	require.NoError(t, rows.Err())
	return lines
}
