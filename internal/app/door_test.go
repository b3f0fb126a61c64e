package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
)

// look gets a page of a process's door.
func look(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

// TestAWorkerCanBeLookedAt starts two workers with the same settings on one machine: each takes a port of its own and says
// which. A third that is told to take the first one's says which setting to change.
func TestAWorkerCanBeLookedAt(t *testing.T) {
	if os.Getenv(redisVariable) == "" || os.Getenv("RETOMA_TEST_POSTGRES_URL") == "" {
		t.Logf("not covered: set RETOMA_TEST_POSTGRES_URL and %s", redisVariable)
		return
	}
	s := newScene(t, "postgres")
	worker := s.config
	worker.Role, worker.RedisURL, worker.OpsAddr = "worker", emptyRedis(t), "127.0.0.1:0"
	var doors []string
	for range 2 {
		log := &shared{}
		running, err := app.Start(t.Context(), worker, io.Discard, slog.New(slog.NewJSONHandler(log, nil)), app.Hooks{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) })
		require.Contains(t, log.all(), running.DoorURL()[len("http://"):], "the log tells the port")
		doors = append(doors, running.DoorURL())
	}
	require.NotEqual(t, doors[0], doors[1])
	for _, door := range doors {
		status, body := look(t, door+"/healthz")
		require.Equal(t, 200, status)
		require.JSONEq(t, `{"success":true,"data":{"status":"ok"}}`, body)
		status, body = look(t, door+"/readyz")
		require.Equal(t, 200, status, body)
		var ready struct {
			Data struct {
				Status string
				Checks map[string]string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(body), &ready))
		require.Equal(t, "ok", ready.Data.Status, body)
		require.Equal(t, map[string]string{"database": "ok", "redis": "ok", "inbox": "ok", "lateness": "ok", "canary": "ok", "files": "ok", "secrets": "ok"}, ready.Data.Checks)
		status, body = look(t, door+"/metrics")
		require.Equal(t, 200, status)
		require.Contains(t, body, "retoma_sql_up 1")
		require.Contains(t, body, `retoma_part_ok{part="database"} 1`)
		for _, other := range []string{"/", "/api/contacts", "/docs", "/webhooks/meta/x"} {
			status, _ = look(t, door+other)
			require.Equal(t, 404, status, "%s is not a worker's", other)
		}
	}
	taken := worker
	taken.OpsAddr = doors[0][len("http://"):]
	_, err := app.Start(t.Context(), taken, io.Discard, quiet(), app.Hooks{})
	require.ErrorContains(t, err, "RETOMA_OPS_ADDR")
}

func TestAWorkerWithoutADoorListensNowhere(t *testing.T) {
	s := newScene(t, "sqlite")
	running, err := app.Start(t.Context(), s.config, io.Discard, quiet(), app.Hooks{})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) }()
	require.Empty(t, running.DoorURL(), "what serves requests is looked at there")
	status, body := look(t, running.URL()+"/readyz")
	require.Equal(t, 200, status, body)
	require.Contains(t, body, `"canary"`)
}

// TestTheCanaryRings lets an installation's canary become due: a worker claims it, and plans the next.
func TestTheCanaryRings(t *testing.T) {
	s := newScene(t, "sqlite")
	running, err := app.Start(t.Context(), s.config, io.Discard, quiet(), app.Hooks{})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) }()
	first, err := running.Parts().Store.Oldest(t.Context())
	require.NoError(t, err)
	require.True(t, first.Canary.Rang.IsZero())
	require.WithinDuration(t, time.Now().Add(30*time.Second), first.Canary.Due, 20*time.Second)

	due := time.Now().Add(-time.Second)
	require.NoError(t, running.Parts().Store.Remember(t.Context(), "canary", `{"due":`+millis(due)+`}`))
	require.Eventually(t, func() bool {
		found, err := running.Parts().Store.Oldest(t.Context())
		return err == nil && found.Canary.Rang.After(due) && found.Canary.Due.After(found.Canary.Rang) && found.Canary.Late >= time.Second
	}, 60*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		_, body := look(t, running.URL()+"/metrics")
		return bytes.Contains([]byte(body), []byte("retoma_canary_lateness_seconds_count 1"))
	}, 60*time.Second, 20*time.Millisecond)
	for _, path := range []string{"/api/followups/pending", "/api/contacts", "/api/messages"} {
		require.Empty(t, s.data(path), "the canary is in nobody's lists")
	}
}
