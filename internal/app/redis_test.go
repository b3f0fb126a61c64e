package app_test

import (
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/processes"
)

// emptyRedis is the address of the real Redis of this run, emptied of what tests before left there; none without one.
// Tests that use it do not run beside one another.
func emptyRedis(t *testing.T) string {
	t.Helper()
	address := os.Getenv(redisVariable)
	if address == "" {
		return ""
	}
	options, err := redis.ParseURL(address)
	require.NoError(t, err)
	require.NotZero(t, options.DB, "%s is flushed: it must name a database other than 0", redisVariable)
	client := redis.NewClient(options)
	defer func() { require.NoError(t, client.Close()) }()
	require.NoError(t, client.FlushDB(t.Context()).Err())
	return address
}

// redisOfOurOwn starts a server that nobody else asks anything.
func redisOfOurOwn(t *testing.T) string {
	t.Helper()
	port, err := processes.FreePort()
	require.NoError(t, err)
	server := processes.Redis(t.TempDir(), port, "--save", "", "--appendonly", "no")
	require.NoError(t, server.Start())
	t.Cleanup(func() { server.Terminate(time.Minute) })
	require.NoError(t, processes.Listening(t.Context(), processes.Local(port)))
	return "redis://" + processes.Local(port) + "/0"
}
