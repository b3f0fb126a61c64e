package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/app"
	"retoma/internal/archive"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

const backupKey = "secret of the backups"

// contents is every row of every table, by table and in order, as a backup spells them.
func contents(t *testing.T, address string) map[string][]string {
	t.Helper()
	dump, err := store.OpenDump(t.Context(), address, time.Now())
	require.NoError(t, err)
	defer func() { require.NoError(t, dump.Close()) }()
	manifest, err := dump.Manifest(t.Context())
	require.NoError(t, err)
	found := map[string][]string{}
	for _, table := range manifest.Tables {
		var rows bytes.Buffer
		slices.SortFunc(table.Columns, func(a, b archive.Column) int { return strings.Compare(a.Name, b.Name) })
		require.NoError(t, dump.Copy(t.Context(), table, &rows))
		lines := strings.Split(rows.String(), "\n")
		slices.Sort(lines)
		found[table.Name] = lines
	}
	return found
}

// filled makes a database in which a bit of everything has happened.
func filled(t *testing.T, engine string) (address string) {
	t.Helper()
	address = storetest.Address(t, engine)
	s, err := store.Open(t.Context(), store.Options{Address: address, SecretKey: backupKey})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	tenant, channel := storetest.Tenant(t, s)
	_, err = s.CreateDocument(t.Context(), flows.Document{ID: chat.NewID(), TenantID: tenant.ID, Kind: flows.FlowDocument, Name: "Com\ttab, \\ e\nlinha", Active: true, Body: []byte(`{"a":"\\n"}`)})
	require.NoError(t, err)
	for i := range 30 {
		write(t, s, tenant.ID, channel.ID, i)
	}
	return address
}

// write lets a customer write for the first time.
func write(t *testing.T, s *store.Store, tenantID, channelID string, number int) {
	t.Helper()
	phone := fmt.Sprintf("55119%08d", number)
	_, err := s.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: tenantID, ChannelID: channelID, Keys: []chat.Key{{Kind: chat.KeyPhone, Value: phone}}, Phone: "+" + phone, Name: "Ação \t" + phone,
		Event: chat.Event{Name: chat.MessageReceived, ExternalID: "wamid." + phone, At: time.Now(), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: "oi\r\n\\N"}}},
	}}})
	require.NoError(t, err)
}

func TestABackupIsRestoredAsItWasIntoEitherDatabase(t *testing.T) {
	for _, from := range storetest.Engines() {
		for _, to := range storetest.Engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				saved := filled(t, from)
				file := filepath.Join(t.TempDir(), "retoma.backup")
				report, err := app.Backup(t.Context(), app.Config{DatabaseURL: saved}, file, false)
				require.NoError(t, err)
				require.Positive(t, report.Rows)
				target := app.Config{DatabaseURL: storetest.Bare(t, to), SecretKey: backupKey, JWTSecret: "jwt"}
				restored, err := app.Restore(t.Context(), target, file, false)
				require.NoError(t, err)
				require.Equal(t, report.Rows, restored.Rows)
				require.True(t, report.At.Equal(restored.At))
				was, is := contents(t, saved), contents(t, target.DatabaseURL)
				for _, changes := range []string{"installation", "notifications"} { // the memory of the restore, and what the team is told of it
					delete(was, changes)
					delete(is, changes)
				}
				require.Equal(t, was, is)
				serves(t, target.DatabaseURL)
			})
		}
	}
}

// serves opens a restored database and lets it number new rows.
func serves(t *testing.T, address string) {
	t.Helper()
	s := storetest.Open(t, store.Options{Address: address, SecretKey: backupKey})
	tenants, err := s.Tenants(t.Context())
	require.NoError(t, err)
	channels, err := s.Channels(t.Context(), tenants[0].ID)
	require.NoError(t, err)
	require.Equal(t, "secret", channels[0].Secrets["accessToken"])
	write(t, s, tenants[0].ID, channels[0].ID, 900)
}

func TestABackupUnderLoadShowsOneMoment(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			address := storetest.Address(t, engine)
			s := storetest.Open(t, store.Options{Address: address, SecretKey: backupKey})
			tenant, channel := storetest.Tenant(t, s)
			ctx, stop := context.WithCancel(context.Background())
			var writer sync.WaitGroup
			written := make(chan int, 100_000)
			writer.Go(func() {
				for number := 0; ctx.Err() == nil; number++ {
					write(t, s, tenant.ID, channel.ID, number)
					written <- number
				}
			})
			for range 20 {
				<-written
			}
			before := len(contents(t, address)["contacts"])
			file := filepath.Join(t.TempDir(), "retoma.backup")
			_, err := app.Backup(t.Context(), app.Config{DatabaseURL: address}, file, false)
			require.NoError(t, err)
			<-written // it was never stopped
			stop()
			writer.Wait()
			target := app.Config{DatabaseURL: storetest.Bare(t, engine), SecretKey: backupKey, JWTSecret: "jwt"}
			_, err = app.Restore(t.Context(), target, file, false)
			require.NoError(t, err)
			found := contents(t, target.DatabaseURL)
			require.GreaterOrEqual(t, len(found["contacts"]), before)
			for _, table := range []string{"mailbox", "inbox", "conversations"} { // written in the commit that wrote the contact
				require.Len(t, found[table], len(found["contacts"]), table)
			}
		})
	}
}

func TestWhatCannotBeRestoredLeavesTheDatabaseAsItWas(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "retoma.backup")
			_, err := app.Backup(t.Context(), app.Config{DatabaseURL: filled(t, engine)}, file, false)
			require.NoError(t, err)
			_, err = app.Backup(t.Context(), app.Config{DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "none.db")}, file, false)
			require.ErrorContains(t, err, "exists already")
			whole, err := os.ReadFile(file)
			require.NoError(t, err)
			cut := filepath.Join(t.TempDir(), "cut.backup")
			require.NoError(t, os.WriteFile(cut, whole[:len(whole)/2], 0o600))

			target := app.Config{DatabaseURL: filled(t, engine), SecretKey: backupKey, JWTSecret: "jwt"}
			was := contents(t, target.DatabaseURL)
			for name, test := range map[string]struct {
				file, key string
				replace   bool
				says      string
			}{
				"it is not empty":         {file, backupKey, false, "not empty"},
				"the archive is cut":      {cut, backupKey, true, "damaged"},
				"the key is another":      {file, "another key", true, "RETOMA_SECRET_KEY"},
				"there is no such backup": {file + "x", backupKey, true, "no such file"},
			} {
				t.Run(name, func(t *testing.T) {
					c := target
					c.SecretKey = test.key
					_, err := app.Restore(t.Context(), c, test.file, test.replace)
					require.ErrorContains(t, err, test.says)
					require.Equal(t, was, contents(t, target.DatabaseURL))
				})
			}
			t.Run("a process uses it", func(t *testing.T) {
				s, err := store.Open(t.Context(), store.Options{Address: target.DatabaseURL, SecretKey: backupKey})
				require.NoError(t, err)
				_, err = app.Restore(t.Context(), target, file, true)
				require.ErrorContains(t, err, "use")
				require.NoError(t, s.Close())
				require.Equal(t, was, contents(t, target.DatabaseURL))
			})
			t.Run("it may be replaced", func(t *testing.T) {
				_, err := app.Restore(t.Context(), target, file, true)
				require.NoError(t, err)
				require.NotEqual(t, was["tenants"], contents(t, target.DatabaseURL)["tenants"])
				serves(t, target.DatabaseURL)
			})
		})
	}
}
