package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
)

func TestAScenarioIsPlayedFromTheStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config := app.Config{
		Addr: freeAddress(t), DatabaseURL: "sqlite://" + filepath.Join(folder, "retoma.db"), Role: "all", Env: "development",
		Timezone: "America/Sao_Paulo", Horizon: -time.Second, Concurrency: 8, LogLevel: "warn", Demo: true, SendLease: 3 * time.Second, Bootstrap: testKey,
		Scenario: filepath.Join(folder, "bad.yaml"),
	}
	_, err := launch(t, config, "")
	require.ErrorContains(t, err, "RETOMA_SANDBOX_SCENARIO", "no such file")
	require.NoError(t, os.WriteFile(config.Scenario, []byte(`events: [{at: cedo}]`), 0o600))
	_, err = launch(t, config, "")
	require.ErrorContains(t, err, "events[0].at")

	config.Scenario, err = filepath.Abs("../../examples/sandbox/first-week.yaml")
	require.NoError(t, err)
	s := &scene{t: t, config: config}
	_, err = launch(t, config, "")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		status, answer := s.call(http.MethodGet, "/api/conversations", nil)
		return status == http.StatusOK && len(answer["data"].([]any)) > 0
	}, patience, 20*time.Millisecond, "what the scenario's first customer wrote has arrived")
	status, answer := s.call(http.MethodPost, "/sandbox/api/clock", map[string]any{"advance": "1m"})
	require.Equal(t, http.StatusOK, status)
	require.InDelta(t, 60, answer["data"].(map[string]any)["aheadSeconds"], 5)
	_, answer = s.call(http.MethodGet, "/sandbox/api/scenario", nil)
	require.GreaterOrEqual(t, answer["data"].(map[string]any)["done"], 3.0)
}
