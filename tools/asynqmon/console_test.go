package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"
)

// queue is a name of its own, so that a Redis that others use as well is left as it was.
const queue = "asynqmon-test"

// redisURL is the Redis of the test run if RETOMA_TEST_REDIS_URL names one, else one in this process.
func redisURL(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("RETOMA_TEST_REDIS_URL"); given != "" {
		return given
	}
	return "redis://" + miniredis.RunT(t).Addr() + "/0"
}

// schedule puts one follow-up's task into the queue, two hours ahead, and takes it out with the test.
func schedule(t *testing.T, target string) *asynq.TaskInfo {
	t.Helper()
	where, err := connect(target)
	require.NoError(t, err)
	client := asynq.NewClient(where)
	task := asynq.NewTask("followup:due", []byte(`{"followUpId":"42"}`))
	info, err := client.Enqueue(task, asynq.Queue(queue), asynq.ProcessIn(2*time.Hour), asynq.TaskID("run:42:1:epoch"))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	t.Cleanup(func() {
		inspector := asynq.NewInspector(where)
		require.NoError(t, inspector.DeleteQueue(queue, true))
		require.NoError(t, inspector.Close())
	})
	return info
}

func open(t *testing.T, target string, readOnly bool) *httptest.Server {
	t.Helper()
	handler, closeHandler, err := console(target, readOnly)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, closeHandler())
	})
	return server
}

func ask(t *testing.T, method, address string, header http.Header) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	require.NoError(t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode, string(read)
}

func TestScheduledFollowUpIsSeenThroughTheAPI(t *testing.T) {
	target := redisURL(t)
	planned := schedule(t, target)
	server := open(t, target, true)

	status, body := ask(t, http.MethodGet, server.URL+"/api/queues/"+queue+"/scheduled_tasks", nil)
	require.Equal(t, http.StatusOK, status, body)
	var seen struct {
		Tasks []struct {
			ID            string `json:"id"`
			Type          string `json:"type"`
			Payload       string `json:"payload"`
			NextProcessAt string `json:"next_process_at"`
		} `json:"tasks"`
		Stats struct {
			Scheduled int `json:"scheduled"`
		} `json:"stats"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &seen), body)
	require.Equal(t, 1, seen.Stats.Scheduled)
	require.Len(t, seen.Tasks, 1)
	require.Equal(t, planned.ID, seen.Tasks[0].ID)
	require.Equal(t, "followup:due", seen.Tasks[0].Type)
	require.JSONEq(t, `{"followUpId":"42"}`, seen.Tasks[0].Payload)
	at, err := time.Parse(time.RFC3339, seen.Tasks[0].NextProcessAt)
	require.NoError(t, err)
	require.WithinDuration(t, planned.NextProcessAt, at, time.Second)
}

func TestPageIsServed(t *testing.T) {
	status, body := ask(t, http.MethodGet, open(t, redisURL(t), true).URL+"/", nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "<title>Asynq")
}

func TestWhoMayChangeTasks(t *testing.T) {
	elsewhere := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://elsewhere.example"}}
	for name, c := range map[string]struct {
		readOnly bool
		header   http.Header
		status   int
	}{
		"nobody while read only":           {readOnly: true, status: http.StatusMethodNotAllowed},
		"the console's own page":           {status: http.StatusNoContent},
		"no page of another origin":        {header: elsewhere, status: http.StatusForbidden},
		"nor of another one, if read only": {readOnly: true, header: elsewhere, status: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			target := redisURL(t)
			planned := schedule(t, target)
			server := open(t, target, c.readOnly)
			task := server.URL + "/api/queues/" + queue + "/scheduled_tasks/" + planned.ID
			status, body := ask(t, http.MethodDelete, task, c.header)
			require.Equal(t, c.status, status, body)
		})
	}
}

func TestCheckTellsWhetherTheConsoleReachesRedis(t *testing.T) {
	inside := miniredis.RunT(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, settings{redisURL: "redis://" + inside.Addr()}, io.Discard) }()

	asking := []string{"-check", "-addr", address}
	nothing := func(string) string { return "" }
	require.NoError(t, run(t.Context(), asking, nothing, io.Discard))
	inside.SetError("away")
	require.ErrorContains(t, run(t.Context(), asking, nothing, io.Discard), "500")
	stop()
	require.NoError(t, <-ended, "it stops when it is told to")
	require.Error(t, run(t.Context(), asking, nothing, io.Discard), "nobody is there any more")
}
