package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

func migrationNames(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("migrations", folder, "*.sql"))
	require.NoError(t, err)
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	return paths
}

// Both engines have the same numbers with the same names, each of them once.
func TestBothEnginesHaveTheSameMigrations(t *testing.T) {
	common, own := migrationNames(t, "."), migrationNames(t, "postgres")
	require.Equal(t, own, migrationNames(t, "sqlite"))
	seen := map[string]string{}
	for _, name := range append(common, own...) {
		number := regexp.MustCompile(`^\d{4}`).FindString(name)
		require.NotEmpty(t, number, name)
		require.Empty(t, seen[number], "%s and %s", name, seen[number])
		seen[number] = name
	}
	s := storetest.Open(t, store.Options{Address: storetest.Bare(t, "sqlite")})
	states, err := s.Migrations(t.Context())
	require.NoError(t, err)
	require.Len(t, states, len(seen))
	for _, state := range states {
		require.True(t, state.Applied, state.Name)
	}
}

// firstVersion makes a database as it was before there were numbers, and gives a connection to it.
func firstVersion(t *testing.T, engine, address string) *sql.DB {
	t.Helper()
	driver, dialect, source := "pgx", goose.DialectPostgres, address
	if engine == "sqlite" {
		driver, dialect, source = "sqlite", goose.DialectSQLite3, "file:"+strings.TrimPrefix(address, "sqlite://")
	}
	database, err := sql.Open(driver, source)
	require.NoError(t, err)
	provider, err := goose.NewProvider(dialect, database, os.DirFS("migrations"))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), 1)
	require.NoError(t, err)
	return database
}

func TestWhatWasThereBeforeIsCounted(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Bare(t, engine)
			database := firstVersion(t, engine, address)
			at := time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)
			tenant, flow := chat.NewID(), chat.NewID()
			for i, row := range []struct {
				state                              flows.FollowUpState
				sent, cancelled, responded, failed int64
			}{
				{state: flows.Pending}, {state: flows.FollowUpSent, sent: at.UnixMilli()},
				{state: flows.FollowUpSent, sent: at.UnixMilli(), responded: at.Add(time.Minute).UnixMilli()},
				{state: flows.FollowUpFailed, sent: at.Add(-24 * time.Hour).UnixMilli(), failed: at.UnixMilli()},
				{state: flows.FollowUpCancelled, cancelled: at.Add(-24 * time.Hour).UnixMilli()}, {state: flows.Responded, cancelled: at.UnixMilli()},
			} {
				_, err := database.ExecContext(t.Context(), `INSERT INTO followups (id, tenant_id, run_id, flow_id, node_id, contact_id, conversation_id, channel_id, state, attempt,
					due_at, revision, message_id, sent_at, cancelled_at, cancel_reason, responded_at, failed_at, error_code, created_at, log)
					VALUES ($1, $2, 'r', $3, 'n', 'c', 'v', 'ch', $4, 1, $5, 1, '', $6, $7, '', $8, $9, '', 1, '')`,
					fmt.Sprintf("followup-%d", i), tenant, flow, string(row.state), at.UnixMilli(), row.sent, row.cancelled, row.responded, row.failed)
				require.NoError(t, err)
			}
			require.NoError(t, database.Close())

			s := storetest.Open(t, store.Options{Address: address})
			stretches := calendar.Stretches(at.Truncate(24*time.Hour).Add(-24*time.Hour), at.Truncate(24*time.Hour).Add(24*time.Hour), time.UTC)
			today, yesterday := flows.DayOf(at, time.UTC), flows.DayOf(at, time.UTC)-1
			within := flows.Tally{Sent: 2, Responded: 1, ResponseTime: time.Minute, Failed: 1, Cancelled: 2}
			ever := within
			ever.Pending = 1
			found, err := s.StatisticsOf(context.Background(), tenant, stretches)
			require.NoError(t, err)
			require.Equal(t, map[string]flows.Tally{flow: within}, found.Flows)
			require.Equal(t, map[flows.Day]flows.Tally{
				today: {Sent: 2, Responded: 1, ResponseTime: time.Minute, Failed: 1, Cancelled: 1}, yesterday: {Cancelled: 1},
			}, found.Days)
			tallies, err := s.Tallies(context.Background(), tenant)
			require.NoError(t, err)
			require.Equal(t, map[string]flows.Tally{flow: ever}, tallies)
		})
	}
}

// Contacts of Mexico and Argentina were stored under every form that WhatsApp or people wrote.
func TestOldNumbersAreFoundByTheirNewKeys(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Bare(t, engine)
			database := firstVersion(t, engine, address)
			tenant := chat.NewID()
			before := []string{
				"5215512345678", "525587654321", "5204455123450001", "520445512345002", "52015512345003", "521123456789",
				"5491123456789", "541143456789", "54111523450001", "549111523450002", "540111523450003", "54351154560004", "54290115450005",
				"5491115234567", "541115234567", "551199990001", "12025550123", "54", "52", "541199",
			}
			contacts := map[string]string{}
			for i, value := range append(before, "541123456789", "525512345678") { // the last two are known in both forms
				id := fmt.Sprintf("contact-%02d", i)
				contacts[value] = id
				for _, statement := range []struct {
					text string
					args []any
				}{
					{`INSERT INTO contacts (id, tenant_id, number, name, phone, route, timezone, tags, stage, status, fields, opt_out, opt_out_at, last_followup_id,
						last_followup_at, created_at, updated_at) VALUES ($1, $2, $3, '', $4, '', '', '[]', '', '', '{}', '', 0, '', 0, 1, 1)`, []any{id, tenant, i + 1, "+" + value}},
					{"INSERT INTO contact_keys (tenant_id, kind, value, contact_id) VALUES ($1, 'phone', $2, $3)", []any{tenant, value, id}},
					{"INSERT INTO mailbox (contact_id, tenant_id, received, processed, rev) VALUES ($1, $2, 7, 7, 7)", []any{id, tenant}},
				} {
					_, err := database.ExecContext(t.Context(), statement.text, statement.args...)
					require.NoError(t, err)
				}
			}
			require.NoError(t, database.Close())

			s := storetest.Open(t, store.Options{Address: address})
			_, err := drain(s, desk.Ref{TenantID: tenant, ContactID: contacts["541123456789"]})
			require.NoError(t, err)
			due, err := s.Overdue(t.Context(), time.Now(), 100)
			require.NoError(t, err)
			require.NotEmpty(t, due, "the scan finds the pairs that nobody has worked on")
			for _, ref := range due {
				_, err := drain(s, ref)
				require.NoError(t, err)
			}
			owners := map[string]string{}
			for value, id := range contacts {
				found, err := s.ContactByKeys(t.Context(), tenant, []chat.Key{chat.PhoneKey(value)})
				require.NoError(t, err, value)
				known, err := s.Contact(t.Context(), tenant, chat.Ref{ID: id})
				require.NoError(t, err)
				require.Equal(t, known.ID, found.ID, value)
				key := chat.PhoneKey(value).Value
				require.Contains(t, []string{"", found.ID}, owners[key], "one number is one contact")
				owners[key] = found.ID
			}
			listed, err := s.Contacts(t.Context(), tenant, chat.ContactFilter{Page: chat.Page{Limit: 100}})
			require.NoError(t, err)
			require.Len(t, listed, len(owners))
			require.Less(t, len(owners), len(contacts))
		})
	}
}
