package wake

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
)

func TestRedisThatComesBackIsUsedAgain(t *testing.T) {
	t.Parallel()
	server := miniredis.NewMiniRedis()
	require.NoError(t, server.StartAddr("127.0.0.1:0"))
	defer server.Close()
	s := newWorld()
	o := s.options()
	o.RedisURL = "redis://" + server.Addr()
	o.Consume = false // so that nothing but our own calls notices
	w := begin(t, o)
	require.False(t, w.Counters().RedisAway)
	server.Close()
	ana := contact("acme", "ana")
	eventually(t, func() bool { w.Contact(ana); return w.Counters().RedisAway }, "it is away")
	before := w.Counters().Unsent
	began := time.Now()
	w.Contact(ana)
	eventually(t, func() bool { return w.Counters().Unsent > before }, "given up")
	require.Less(t, time.Since(began), redisPatience, "nobody waits for a Redis that is known to be away")
	require.NoError(t, server.Restart())
	eventually(t, func() bool { return !w.Counters().RedisAway }, "it is back")
	enqueued := w.Counters().Enqueued
	w.Contact(ana)
	eventually(t, func() bool { return w.Counters().Enqueued == enqueued+1 }, "and used")
}

func TestAsynqsComplaintsAreSaidOncePerWhile(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	l := newAsynqLogger(Options{Logger: slog.New(slog.NewTextHandler(&out, nil)), Now: func() time.Time { return now }})
	for range 10 {
		l.Error("Failed to forward scheduled tasks: dial tcp")
		l.Warn("something else entirely, and only once")
	}
	require.Equal(t, 1, strings.Count(out.String(), "Failed to forward"))
	require.Equal(t, 1, strings.Count(out.String(), "something else"))
	now = now.Add(repeatEvery)
	l.Fatal("Failed to forward scheduled tasks: dial tcp") // and nothing ends
	require.Equal(t, 2, strings.Count(out.String(), "Failed to forward"))
	require.Contains(t, out.String(), "level=ERROR")
}
