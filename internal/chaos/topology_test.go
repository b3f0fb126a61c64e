package chaos_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chaos"
)

// TestRollingRestartUnderLoad lays docker-compose.yml out as plain processes - gateway, two workers, PostgreSQL, Redis with its
// append-only file, asynqmon - and restarts each of them while customers write and follow-ups come due. It runs where the variables of
// the services are set: there PostgreSQL and Redis are installed; it starts its own.
func TestRollingRestartUnderLoad(t *testing.T) {
	if os.Getenv("RETOMA_TEST_POSTGRES_URL") == "" || os.Getenv("RETOMA_TEST_REDIS_URL") == "" {
		t.Log("not covered: set RETOMA_TEST_POSTGRES_URL and RETOMA_TEST_REDIS_URL where PostgreSQL and Redis are installed")
		return
	}
	var told strings.Builder
	rolled, err := chaos.Roll(t.Context(), chaos.Options{
		Seed: 5, Services: true, Binary: build(t), Console: buildConsole(t), Lease: 10 * time.Second, Scratch: open(t), Progress: &told,
		Size: chaos.Size{Customers: 2000, Channels: 2, Playing: 4 * time.Minute, Settling: time.Minute},
	})
	require.NoError(t, err, told.String())
	var table strings.Builder
	rolled.Write(&table)
	t.Log(table.String())
	require.True(t, rolled.Passed(), "nothing acknowledged is lost, nothing is doubled, early or sent after an answer")
	require.Empty(t, rolled.Findings)
	everythingWasRestarted(t, rolled)
	asynqmonShowsTheFuture(t, rolled)
}

// everythingWasRestarted holds the restarts against what an operator relies on: nobody has to be killed, and the others go on.
func everythingWasRestarted(t *testing.T, rolled *chaos.Rolled) {
	var names []string
	for _, one := range rolled.Restarts {
		names = append(names, one.Name)
		require.False(t, one.Killed, "%s had to be killed", one.Name)
		t.Logf("%-9s stopped in %5.1f s, away for %5.1f s: %3d customers heard, %3d messages sent meanwhile",
			one.Name, one.Stopping.Seconds(), one.Away.Seconds(), one.Heard, one.Sent)
	}
	require.Equal(t, []string{"worker1", "worker2", "gateway", "redis", "asynqmon", "postgres"}, names)
	require.Greater(t, rolled.OnPhones, 50, "enough was sent for the run to mean something")
}

// asynqmonShowsTheFuture compares asynqmon's own answers with what retoma planned: one task each, the same after Redis was restarted
// from its file, made of ids only.
func asynqmonShowsTheFuture(t *testing.T, rolled *chaos.Rolled) {
	require.Subset(t, rolled.Queues, []string{"inbox", "outbox", "hooks"})
	var ids []string
	for _, task := range rolled.After {
		require.Equal(t, "followup:due", task.Type)
		var payload map[string]any
		require.NoError(t, json.Unmarshal([]byte(task.Payload), &payload), task.Payload)
		for name := range payload {
			require.Contains(t, []string{"tenantId", "contactId", "followUpId", "kind", "id", "token", "at"}, name, "a task carries ids and an instant")
		}
		ids = append(ids, payload["followUpId"].(string))
	}
	require.ElementsMatch(t, rolled.ParkedIDs, ids)
	require.ElementsMatch(t, taskIDs(rolled.Before), taskIDs(rolled.After), "Redis came back with what it had")
}

func taskIDs(tasks []chaos.Task) []string {
	var ids []string
	for _, task := range tasks {
		ids = append(ids, task.ID)
	}
	return slices.Sorted(slices.Values(ids))
}

// buildConsole makes asynqmon's program, a module of its own.
func buildConsole(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "asynqmon")
	command := exec.CommandContext(context.WithoutCancel(t.Context()), "go", "build", "-o", binary, ".")
	command.Dir = filepath.Join("..", "..", "tools", "asynqmon")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return binary
}
