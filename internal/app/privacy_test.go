package app_test

import (
	"database/sql"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the dump below reads both databases in the same words
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/ai/scripted"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store/storetest"
)

// marksOfAna are what Ana is known by, and what she said, was told and sent.
func marksOfAna() []string {
	return []string{"99990001", "9999-0001", "Ana Souza", "crm-ana-777", "segredo", "BR.777000777"}
}

// dumped is every row of every table, as text, by the catalogue: a new table cannot escape.
func dumped(t *testing.T, address string) map[string][]string {
	t.Helper()
	driver, source, names := "pgx", address, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	if path, is := strings.CutPrefix(address, "sqlite://"); is {
		driver, source, names = "sqlite", "file:"+path+"?mode=ro", "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	database, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	all := map[string][]string{}
	for _, table := range storetest.Rows(t, database, names) {
		all[table] = storetest.Rows(t, database, `SELECT * FROM "`+table+`"`)
	}
	require.Greater(t, len(all), 30)
	return all
}

// traced says where a mark is still found.
func traced(all map[string][]string, marks []string) map[string][]string {
	where := map[string][]string{}
	for table, rows := range all {
		for _, row := range rows {
			for _, mark := range marks {
				if strings.Contains(row, mark) {
					where[table] = append(where[table], mark+": "+row)
				}
			}
		}
	}
	return where
}

// inRedis is every key with its value, as Redis itself writes it down.
func inRedis(t *testing.T, address string) []string {
	t.Helper()
	options, err := redis.ParseURL(address)
	require.NoError(t, err)
	client := redis.NewClient(options)
	defer func() { require.NoError(t, client.Close()) }()
	var all []string
	keys := client.Scan(t.Context(), 0, "*", 1000).Iterator()
	for keys.Next(t.Context()) {
		value, err := client.Dump(t.Context(), keys.Val()).Result()
		if err == nil {
			all = append(all, keys.Val()+" "+value)
		}
	}
	require.NoError(t, keys.Err())
	return all
}

// filesIn are the names of all files below a folder.
func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}

// TestTheProofThatAnErasedPersonIsNowhere plays Ana through everything over HTTP, exports her, erases her, and searches every table
// of the database, the folder of files and Redis.
func TestTheProofThatAnErasedPersonIsNowhere(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newScene(t, engine)
			words := service(t)
			words.Answer(func(scripted.Request) scripted.Reply { return scripted.Say("segredo do assistente") })
			s.config.AIBaseURL, s.config.AIModel, s.config.RedisURL = words.BaseURL(), "m", emptyRedis(t)
			platform := newListener(t)
			first := s.launch("")
			s.subscribes(platform)
			id := s.playedThrough(first)

			status, whole := s.bytesOf("/api/contacts/" + id + "/export")
			require.Equal(t, http.StatusOK, status)
			require.True(t, strings.HasSuffix(string(whole), `"complete":true}`), "%s", whole)
			for _, mark := range []string{"+" + ana, "Ana Souza", "crm-ana-777", "segredo do bilhete", "segredo da foto", "segredo da lembrança", "primeira", "segredo-no-comando"} {
				require.Contains(t, string(whole), mark)
			}
			before := traced(dumped(t, s.config.DatabaseURL), marksOfAna())
			for _, table := range []string{"contacts", "contact_keys", "inbox", "messages", "outgoing_events", "assistant_memory", "contact_words"} {
				require.NotEmpty(t, before[table], "%s: Ana leaves nothing here that the proof could miss", table)
			}
			folder := strings.TrimPrefix(s.config.MediaURL, "file://")
			require.NotEmpty(t, filesIn(t, folder))

			s.erased(id)
			require.Empty(t, traced(dumped(t, s.config.DatabaseURL), marksOfAna()))
			if s.config.RedisURL != "" {
				require.Empty(t, traced(map[string][]string{"redis": inRedis(t, s.config.RedisURL)}, marksOfAna()))
			}
			first.terminate(t)
			s.launch("") // sweeps as it starts, and not only within minutes
			require.Eventually(t, func() bool { return len(filesIn(t, folder)) == 0 }, filePatience, 100*time.Millisecond, "the bytes are gone")

			s.writes("oi de novo")
			rows := s.waitFor("/api/contacts", func(rows []map[string]any) bool { return len(rows) == 1 })
			require.NotEqual(t, id, rows[0]["id"], "whoever writes is somebody new")
			require.Equal(t, "all", rows[0]["optOut"], "who has refused")
			require.Empty(t, rows[0]["fields"])
		})
	}
}

// playedThrough lets Ana write, send a picture, be enrolled and reminded, be talked about, write a command and leave.
func (s *scene) playedThrough(p *process) (id string) {
	s.t.Helper()
	s.writes("segredo do bilhete")
	s.heard(p)
	s.enrol()
	s.settle()
	_, err := s.whatsapp.Write(ana, sandbox.Incoming{Type: "image", Sample: true, Caption: "segredo da foto", Name: "Ana Souza"})
	require.NoError(s.t, err)
	s.kept()
	s.writes(`#{"acao":"segredo-no-comando"}`)
	s.waitFor("/api/messages", func(rows []map[string]any) bool {
		read := 0
		for _, row := range rows {
			if row["direction"] == "in" {
				read++
			}
		}
		return read == 3
	})
	contact := s.waitFor("/api/contacts", func(rows []map[string]any) bool { return len(rows) == 1 })[0]
	id, _ = contact["id"].(string)
	status, answer := s.call(http.MethodPatch, "/api/contacts/"+id, map[string]any{"externalId": "crm-ana-777", "fields": map[string]string{"cpf": "segredo"}, "tags": []string{"segredo"}})
	require.Equal(s.t, http.StatusOK, status, "%v", answer)
	assistant := s.made("/api/assistants", map[string]any{"name": "Bia"})
	status, answer = s.keyed("about Ana", "/api/actions/generate-reply", map[string]any{"assistantId": assistant, "customerId": "crm-ana-777", "message": "segredo da lembrança"})
	require.Equal(s.t, http.StatusOK, status, "%v", answer)
	half := s.made("/api/contacts", map[string]any{"bsuid": "BR.7770007770007770007", "name": "Ana Souza", "externalId": "crm-ana-777-b"})
	status, answer = s.call(http.MethodPost, "/api/contacts/"+id+"/merge", map[string]any{"contactId": half})
	require.Equal(s.t, http.StatusOK, status, "%v", answer)
	status, answer = s.call(http.MethodPost, "/api/contacts/"+id+"/opt-out", map[string]any{"scope": "all"})
	require.Equal(s.t, http.StatusOK, status, "%v", answer)
	return id
}

// erased erases a contact and waits until that has been done.
func (s *scene) erased(id string) {
	s.t.Helper()
	status, answer := s.call(http.MethodDelete, "/api/contacts/"+id, nil)
	require.Contains(s.t, []int{http.StatusOK, http.StatusAccepted}, status, "%v", answer)
	require.Eventually(s.t, func() bool { return len(traced(dumped(s.t, s.config.DatabaseURL), marksOfAna())) == 0 }, filePatience, time.Second)
	status, _ = s.call(http.MethodDelete, "/api/contacts/"+id, nil)
	require.Equal(s.t, http.StatusNotFound, status)
}
