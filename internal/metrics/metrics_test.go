package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
	"retoma/internal/metrics"
)

func touchAll(m *metrics.Metrics) {
	m.Request("GET", "/api/contacts/{id}", 200, time.Millisecond)
	m.Webhook("meta", "accepted", time.Millisecond)
	m.WebhookItems("meta", "message", 2)
	m.Group("ingest", 3)
	m.Mail("message.received", "handled", time.Second)
	m.FollowUp("cancelled", "replied")
	m.Late(20 * time.Millisecond)
	m.Wait("pace")
	m.Send("accepted", "none", 100*time.Millisecond)
	m.Writing("accepted", time.Second)
	m.AI(1, 200, 30)
	m.Notification("sent")
	m.Delivery("delivered")
	m.Fetch("kept", 1000, time.Second)
	m.Canary(time.Millisecond)
	m.Part("redis", false)
}

func read(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, 200, answer.Code)
	return answer.Body.String()
}

func TestNamesKeepToTheConventions(t *testing.T) {
	m := metrics.New(metrics.Options{Version: "1", Now: time.Now, Rows: func(context.Context) (desk.Backlog, error) { return desk.Backlog{}, nil }})
	touchAll(m)
	problems, err := testutil.GatherAndLint(m.Gatherer())
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestWhatIsCountedIsShown(t *testing.T) {
	m := metrics.New(metrics.Options{Version: "1"})
	touchAll(m)
	shown := read(t, m)
	for _, line := range []string{
		`retoma_http_requests_total{method="GET",route="/api/contacts/{id}",status="200"} 1`,
		`retoma_webhooks_total{outcome="accepted",provider="meta"} 1`,
		`retoma_webhook_items_total{kind="message",provider="meta"} 2`,
		`retoma_commit_group_units_bucket{kind="ingest",le="4"} 1`,
		`retoma_followups_total{outcome="cancelled",reason="replied"} 1`,
		`retoma_followup_lateness_seconds_bucket{le="0.025"} 1`,
		`retoma_sends_total{outcome="accepted",scope="none"} 1`,
		`retoma_ai_tokens_total{direction="output"} 30`,
		`retoma_media_fetched_bytes_total 1000`,
		`retoma_part_ok{part="redis"} 0`,
	} {
		require.Contains(t, shown, line+"\n")
	}
}

func TestAStrangersMethodMakesNoSeries(t *testing.T) {
	m := metrics.New(metrics.Options{})
	for _, method := range []string{"BREW", "PROPFIND", "x" + strings.Repeat("y", 100)} {
		m.Request(method, "unmatched", 405, 0)
	}
	require.Contains(t, read(t, m), `retoma_http_requests_total{method="other",route="unmatched",status="405"} 3`)
}

func TestSQLIsAskedOnceForManyScrapes(t *testing.T) {
	now, asked := time.Unix(5000, 0), 0
	var failure error
	m := metrics.New(metrics.Options{Now: func() time.Time { return now }, Rows: func(ctx context.Context) (desk.Backlog, error) {
		asked++
		_, limited := ctx.Deadline()
		require.True(t, limited, "a slow database must not hold a scrape up")
		found := desk.Backlog{Mail: 7, DueRuns: 3, Unconfirmed: 2}
		found.OldestMail, found.OldestRun = now.Add(-90*time.Second), now.Add(-2*time.Second)
		found.Canary = desk.Canary{Rang: time.UnixMilli(4_999_500)}
		return found, failure
	}})
	for range 5 {
		shown := read(t, m)
		for _, line := range []string{
			"retoma_sql_up 1", "retoma_inbox_lag_seconds 90", "retoma_inbox_waiting 7", `retoma_due_backlog{kind="run"} 3`, `retoma_due_backlog{kind="send"} 0`,
			`retoma_due_oldest_age_seconds{kind="run"} 2`, `retoma_due_oldest_age_seconds{kind="send"} 0`, "retoma_sends_unconfirmed 2",
			"retoma_canary_last_success_timestamp_seconds 4999.5",
		} {
			require.Contains(t, shown, line+"\n")
		}
	}
	require.Equal(t, 1, asked)
	now, failure = now.Add(time.Minute), errors.New("away")
	shown := read(t, m)
	require.Contains(t, shown, "retoma_sql_up 0\n")
	require.NotContains(t, shown, "retoma_inbox_lag_seconds", "an old number would look like a fresh one")
	require.Contains(t, shown, "go_goroutines", "the rest is shown all the same")
}
