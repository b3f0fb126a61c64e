package app_test

import (
	"context"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"retoma/internal/app"
)

func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// TestTheDocsListEveryMetric compares docs/metrics.md with what a process shows, and both with Prometheus' conventions.
func TestTheDocsListEveryMetric(t *testing.T) {
	s := newScene(t, "sqlite")
	running, err := app.Start(t.Context(), s.config, io.Discard, quiet(), app.Hooks{})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) }()
	m := running.Parts().Metrics
	// What has labels is shown once it has happened.
	m.Request("GET", "/", 200, 0)
	m.Webhook("meta", "accepted", 0)
	m.WebhookItems("meta", "message", 1)
	m.Group("work", 1)
	m.Mail("message.received", "handled", 0)
	m.FollowUp("sent", "none")
	m.Late(0)
	m.Wait("pace")
	m.Send("accepted", "none", 0)
	m.Writing("accepted", 0)
	m.AI(1, 1, 1)
	m.Notification("sent")
	m.Delivery("delivered")
	m.Fetch("kept", 1, 0)
	m.Canary(0)
	m.Part("redis", true)
	m.Removed("messages", 1)
	problems, err := testutil.GatherAndLint(m.Gatherer())
	require.NoError(t, err)
	require.Empty(t, problems)

	families, err := m.Gatherer().Gather()
	require.NoError(t, err)
	var shown []string
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), "retoma_") {
			shown = append(shown, family.GetName())
		}
	}
	text, err := os.ReadFile("../../docs/metrics.md")
	require.NoError(t, err)
	var listed []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(retoma_[a-z_]+)").FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, found[1])
	}
	slices.Sort(listed)
	require.Equal(t, shown, listed)
}
