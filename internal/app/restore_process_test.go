package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
)

// A backup is made while a process has the file, a follow-up goes out, and the process is killed. After the restore the phone gets
// nothing again until somebody has looked.
func TestABackupOfARunningProcessIsRestoredAndHeld(t *testing.T) {
	t.Parallel()
	s := newScene(t, "sqlite")
	p := s.launchAndWrite()
	s.heard(p)
	rule := s.must(http.StatusCreated, http.MethodPost, "/api/followups/rules", map[string]any{
		"name": "À mão", "triggerType": "CUSTOM", "triggerValue": 1, "triggerUnit": "days", "message": "da regra", "isActive": false,
	})["id"]
	planned := s.must(http.StatusCreated, http.MethodPost, "/api/followups/schedule", map[string]any{
		"ruleId": rule, "conversationId": s.data("/api/conversations")[0]["id"], "scheduledFor": time.Now().Add(time.Hour).UTC().Format(time.RFC3339Nano),
	})["id"].(string)
	s.must(http.StatusOK, http.MethodPost, "/api/followups/"+planned+"/snooze", map[string]any{"until": time.Now().Add(7 * time.Second).UTC().Format(time.RFC3339Nano)})
	file := filepath.Join(t.TempDir(), "retoma.backup")
	_, err := app.Backup(t.Context(), s.config, file, true)
	require.NoError(t, err)
	s.waitFor("/api/followups/history?status=SENT", func(rows []map[string]any) bool { return len(rows) == 1 })
	_, err = app.Restore(t.Context(), s.config, file, true)
	require.ErrorContains(t, err, "already uses this SQLite database")
	p.kill()

	// What a restore that was killed left behind is in nobody's way.
	require.NoError(t, os.WriteFile(strings.TrimPrefix(s.config.DatabaseURL, "sqlite://")+".restoring", []byte("half a file"), 0o600))
	report, err := app.Restore(t.Context(), s.config, file, true)
	require.NoError(t, err)
	require.EqualValues(t, 1, report.Held.Runs+report.Held.Messages+report.Held.Unconfirmed)
	s.launch("")
	held := s.waitFor("/api/followups/review", func(rows []map[string]any) bool { return len(rows) == 1 })
	require.Equal(t, planned, held[0]["followupId"])
	require.Equal(t, []string{"da regra"}, s.received(), "it was sent before, and is not sent again")
	s.must(http.StatusOK, http.MethodPost, "/api/followups/review/cancel", map[string]any{"all": true})
	require.Empty(t, s.data("/api/followups/review"))
	require.Equal(t, []string{"da regra"}, s.received())
}
