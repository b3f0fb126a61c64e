package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
	"retoma/internal/provider/sandbox"
)

// shared is a log that is read while it is written.
type shared struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *shared) Write(line []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(line)
}

// all is everything so far.
func (s *shared) all() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// lines are those of a message.
func (s *shared) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(s.text.Bytes()))
	for lines.Scan() {
		var line map[string]any
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// TestEachUnitOfWorkIsOneLine lets a customer write, be put into a model of two messages, and get both.
func TestEachUnitOfWorkIsOneLine(t *testing.T) {
	s := newScene(t, "sqlite")
	log := &shared{}
	running, err := app.Start(t.Context(), s.config, io.Discard, slog.New(slog.NewJSONHandler(log, nil)), app.Hooks{})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) }()
	_, err = s.whatsapp.Write(ana, sandbox.Incoming{Text: "oi, segredo", Name: "Ana Souza"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(log.lines(t, "event read")) == 1 }, 60*time.Second, 20*time.Millisecond)
	status, answer := s.call(http.MethodPost, "/updatefollowup", map[string]any{"number": ana, "followup": s.model.Number})
	require.Equal(t, 200, status, "%v", answer)
	ended := func() bool {
		decided := log.lines(t, "run decided")
		return len(decided) > 0 && decided[len(decided)-1]["outcome"] == "finished"
	}
	require.Eventually(t, ended, 60*time.Second, 20*time.Millisecond)

	byName, bySend := map[any]int{}, map[any]int{}
	for _, line := range log.lines(t, "event read") {
		byName[line["name"]]++
		require.Contains(t, line, "waited_ms")
	}
	require.Equal(t, 1, byName["message.received"])
	require.Equal(t, 1, byName["enrol"])
	for _, line := range log.lines(t, "message sent to provider") {
		bySend[line["message"]]++
		require.Equal(t, "accepted", line["outcome"])
		require.Contains(t, line, "late_ms")
	}
	require.Len(t, bySend, 2)
	runs, outcomes := map[any]bool{}, map[any]int{}
	for _, line := range log.lines(t, "run decided") {
		runs[line["run"]] = true
		outcomes[line["followup_outcome"]]++
	}
	for message, count := range bySend {
		require.Equal(t, 1, count, "%v was sent once, in one line", message)
	}
	require.Len(t, runs, 1)
	require.Equal(t, 2, outcomes["sent:none"], "each follow-up was settled in one line")
	for _, personal := range []string{ana, ana[2:], "Ana", "segredo", "primeira", s.channel.Token} {
		require.NotContains(t, log.all(), personal)
	}
}
