package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/store/storetest"
)

// TestWhatPeopleDoToTheQueue goes through a running process: scheduled by hand, sent now, snoozed, skipped, removed; and the
// numbers say so at once.
func TestWhatPeopleDoToTheQueue(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			s.heard(s.launchAndWrite())
			rule := s.must(http.StatusCreated, http.MethodPost, "/api/followups/rules", map[string]any{
				"name": "À mão", "triggerType": "CUSTOM", "triggerValue": 1, "triggerUnit": "days", "message": "da regra", "isActive": false,
			})["id"]
			conversation := s.data("/api/conversations")[0]["id"]
			schedule := func(wait time.Duration) string {
				planned := s.must(http.StatusCreated, http.MethodPost, "/api/followups/schedule", map[string]any{
					"ruleId": rule, "conversationId": conversation, "scheduledFor": time.Now().Add(wait).UTC().Format(time.RFC3339Nano),
				})
				return planned["id"].(string)
			}
			schedule(500 * time.Millisecond)
			s.waitFor("/api/followups/history?status=SENT", func(rows []map[string]any) bool { return len(rows) == 1 })

			later := schedule(48 * time.Hour)
			s.must(http.StatusOK, http.MethodPost, "/api/followups/"+later+"/snooze", map[string]any{"minutes": 60})
			s.must(http.StatusOK, http.MethodPost, "/api/followups/"+later+"/send-now", nil)
			s.waitFor("/api/followups/history?status=SENT", func(rows []map[string]any) bool { return len(rows) == 2 && rows[0]["id"] == later })
			require.Equal(t, []string{"da regra", "da regra"}, s.received())

			s.must(http.StatusOK, http.MethodPost, "/api/followups/"+schedule(time.Hour)+"/skip", nil)
			s.must(0, http.MethodDelete, "/api/followups/queue/"+schedule(time.Hour), nil)
			pending := schedule(time.Hour)
			leads := s.data("/api/followups/leads-in-automation")
			require.Len(t, leads, 1)
			require.Equal(t, pending, leads[0]["followups"].([]any)[0].(map[string]any)["id"])
			require.Len(t, s.data("/api/followups/history"), 3, "what was removed is not shown")

			numbers := s.must(http.StatusOK, http.MethodGet, "/api/followups/stats", nil)
			require.Equal(t, []any{2.0, 1.0, 1.0, 0.0}, []any{numbers["sentToday"], numbers["pendingFollowups"], numbers["totalRules"], numbers["activeRules"]})
			summary := s.must(http.StatusOK, http.MethodGet, "/api/followups/dashboard-metrics", nil)["summary"].(map[string]any)
			require.Equal(t, []any{2.0, 2.0}, []any{summary["totalSent"], summary["totalCancelled"]})
		})
	}
}

// TestSkippingOverAStepThatActs lets the worker go on where the next step sends at once.
func TestSkippingOverAStepThatActs(t *testing.T) {
	s := newScene(t, "sqlite")
	s.heard(s.launchAndWrite())
	s.must(http.StatusCreated, http.MethodPost, "/api/flows", map[string]any{"definition": map[string]any{"name": "Passos", "nodes": []map[string]any{
		{"id": "inicio", "type": "trigger", "with": map[string]any{"event": "call.completed"}, "next": "espera"},
		{"id": "espera", "type": "followup", "with": map[string]any{"offsetMinutes": 60, "text": "nunca"}, "next": "agora"},
		{"id": "agora", "type": "send_message", "with": map[string]any{"text": "até logo"}},
	}}})
	s.must(http.StatusAccepted, http.MethodPost, "/api/events", map[string]any{"event": "call.completed", "number": "+" + ana})
	open := s.waitFor("/api/followups/pending", func(rows []map[string]any) bool { return len(rows) == 1 })[0]["id"].(string)
	s.must(http.StatusAccepted, http.MethodPost, "/api/followups/"+open+"/skip", nil)
	s.waitFor("/api/followups/history?status=CANCELLED", func(rows []map[string]any) bool { return len(rows) == 1 && rows[0]["cancelReason"] == "pulado" })
	require.Eventually(t, func() bool { return len(s.received()) == 1 && s.received()[0] == "até logo" }, patience, 20*time.Millisecond)
}

// launchAndWrite starts a process to which the customer has written.
func (s *scene) launchAndWrite() *process {
	s.t.Helper()
	p := s.launch("")
	s.writes("oi")
	return p
}

// must makes a call and demands its status, if one is given, and success; it gives the data.
func (s *scene) must(status int, method, path string, body any) map[string]any {
	s.t.Helper()
	found, answer := s.call(method, path, body)
	require.Equal(s.t, true, answer["success"], "%s %s: %v", method, path, answer)
	if status != 0 {
		require.Equal(s.t, status, found, "%s %s: %v", method, path, answer)
	}
	data, _ := answer["data"].(map[string]any)
	return data
}
