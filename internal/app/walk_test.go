package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestTheWalkOfOneMessage goes through every layer over HTTP: a signed webhook, an enrolment, two sends at their times, the
// states that the webhooks report, the answer, the report and the explanation.
func TestTheWalkOfOneMessage(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			p := s.launch("")
			s.writes("oi")
			s.heard(p)
			s.enrol()
			s.settle()
			require.Equal(t, []string{"primeira", "segunda"}, s.received())
			history := s.waitFor("/api/followups/history", func(rows []map[string]any) bool { return len(rows) == 2 })
			for _, row := range history {
				require.Equal(t, "SENT", row["status"])
				require.NotEmpty(t, row["messageId"])
			}
			s.reports(map[string]any{"sent": 2.0, "pending": 0.0, "enrolled": 1.0})
			s.writes("obrigada!")
			s.waitFor("/api/followups/history", func(rows []map[string]any) bool {
				return rows[0]["respondedAt"] != nil || rows[1]["respondedAt"] != nil
			})
			s.explains(history[0]["id"].(string))
		})
	}
}

// waitFor asks until the rows are as wanted.
func (s *scene) waitFor(path string, wanted func(rows []map[string]any) bool) []map[string]any {
	s.t.Helper()
	var rows []map[string]any
	require.Eventually(s.t, func() bool {
		rows = s.data(path)
		return wanted(rows)
	}, patience, 20*time.Millisecond, path)
	return rows
}

func (s *scene) reports(wanted map[string]any) {
	s.t.Helper()
	rows := s.data("/api/followup-models/report")
	require.Len(s.t, rows, 1)
	for name, value := range wanted {
		require.Equal(s.t, value, rows[0][name], name)
	}
}

func (s *scene) explains(id string) {
	s.t.Helper()
	status, answer := s.call(http.MethodGet, "/api/followups/"+id+"/explain", nil)
	require.Equal(s.t, http.StatusOK, status)
	data := answer["data"].(map[string]any)
	require.NotEmpty(s.t, data["summary"])
	var checks []string
	for _, line := range data["log"].([]any) {
		checks = append(checks, line.(map[string]any)["check"].(string))
	}
	for _, wanted := range []string{"plan", "opt_out", "handoff", "window", "fence", "provider", "result"} {
		require.Contains(s.t, checks, wanted)
	}
}

func TestStartedAgainItGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	config := app.Config{
		Addr: freeAddress(t), DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "data", "retoma.db"), Role: "all", Env: "development",
		Timezone: "America/Sao_Paulo", Horizon: -time.Second, Concurrency: 8, LogLevel: "warn", Demo: true, SendLease: 3 * time.Second,
		Bootstrap: testKey,
	}
	s := &scene{t: t, config: config}
	first, err := launch(t, config, "")
	require.NoError(t, err)
	s.call(http.MethodPost, "/sandbox/api/phones/"+ana+"/messages", map[string]any{"text": "oi", "name": "Ana Souza"})
	s.heard(first)
	s.call(http.MethodPost, "/updatefollowup", map[string]any{"number": ana, "followup": 1})
	s.waitFor("/api/followups/history", func(rows []map[string]any) bool { return len(rows) == 1 && rows[0]["status"] == "SENT" })
	pending := s.data("/api/followups/pending")
	require.Len(t, pending, 1)

	_, err = launch(t, config, "")
	require.ErrorContains(t, err, "already uses this SQLite database")

	first.terminate(t)
	_, err = launch(t, config, "")
	require.NoError(t, err)
	require.Equal(t, pending, s.data("/api/followups/pending"), "the same queue")
	phone := s.data("/sandbox/api/phones/" + ana + "/messages")
	require.Len(t, phone, 2, "the phone remembers both messages")
}

const answeringFlow = `{"name":"Orçamento","nodes":[
	{"id":"t","type":"trigger","with":{"event":"message.received","if":"normalize(trigger.text) contains 'orcamento'"},"next":"b"},
	{"id":"b","type":"branch","with":{"cases":[{"if":"trigger.text contains 'urgente'","exit":"urgente"}]},"exits":{"urgente":"u","else":"n"}},
	{"id":"u","type":"send_message","with":{"text":"Já vou olhar, {{ contact.first_name }}!"},"next":"f"},
	{"id":"n","type":"send_message","with":{"text":"Respondo ainda hoje."},"next":"f"},
	{"id":"f","type":"end"}]}`

func TestFlowsOfAFolderAnswerARealWebhook(t *testing.T) {
	t.Parallel()
	s := newScene(t, "sqlite")
	s.config.Flows = t.TempDir()
	file := filepath.Join(s.config.Flows, "orcamento.json")
	require.NoError(t, os.WriteFile(file, []byte(answeringFlow), 0o600))
	p := s.launch("")
	s.writes("Quero um orçamento urgente")
	s.phoneShows("Já vou olhar, Ana!")
	p.terminate(t)

	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(answeringFlow, "Respondo ainda hoje.", "Respondo amanhã.")), 0o600))
	p = s.launch("")
	s.writes("outro orçamento")
	s.phoneShows("Já vou olhar, Ana!", "Respondo amanhã.")
	p.terminate(t)
	s.open(func(db *store.Store) {
		document, err := db.DocumentByKey(context.Background(), s.tenant.ID, "flow", "orcamento")
		require.NoError(t, err)
		require.Equal(t, 2, document.Version, "a changed document is a new version")
	})

	require.NoError(t, os.WriteFile(file, []byte(`{"name":"x","nodes":[{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"nowhere"}]}`), 0o600))
	_, err := launch(t, s.config, "")
	require.ErrorContains(t, err, "orcamento.json")
	require.ErrorContains(t, err, "nowhere")
}

func (s *scene) phoneShows(wanted ...string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return len(s.received()) >= len(wanted) }, patience, 10*time.Millisecond)
	require.Equal(s.t, wanted, s.received())
}

func TestSettingsThatDoNotGoTogetherAreRefusedByName(t *testing.T) {
	cases := map[string]app.Config{
		"RETOMA_DATABASE_URL":     {Role: "worker", DatabaseURL: "sqlite://data/x.db", RedisURL: "redis://127.0.0.1:1"},
		"RETOMA_REDIS_URL":        {Role: "gateway", DatabaseURL: "postgres://127.0.0.1:1/x"},
		"RETOMA_BOOTSTRAP_KEY":    {Role: "all", Bootstrap: "not ours"},
		"RETOMA_PUBLIC_URL":       {Role: "all", PublicURL: "retoma.example"},
		"RETOMA_SECRET_KEY":       {Role: "all", Env: "production"},
		"RETOMA_JWT_SECRET":       {Role: "all", Env: "production", SecretKey: "x"},
		"RETOMA_SANDBOX_SCENARIO": {Role: "all", Env: "production", Scenario: "x.yaml"},
	}
	for variable, config := range cases {
		_, err := app.Start(context.Background(), config, t.Output(), quiet(), app.Hooks{})
		require.ErrorContains(t, err, variable)
	}
	const long = "0123456789abcdef"
	for variable, config := range map[string]app.Config{
		"RETOMA_SECRET_KEY is too short": {Role: "all", Env: "production", SecretKey: long[1:], JWTSecret: long},
		"RETOMA_JWT_SECRET is too short": {Role: "all", Env: "production", SecretKey: long, JWTSecret: long[1:]},
	} {
		_, err := app.Start(context.Background(), config, t.Output(), quiet(), app.Hooks{})
		require.ErrorContains(t, err, variable)
	}
}
