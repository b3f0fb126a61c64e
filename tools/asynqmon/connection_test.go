package main

import (
	"io"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestFormsOfARedisURL(t *testing.T) {
	t.Run("one server", func(t *testing.T) {
		options := client[*redis.Client](t, "rediss://someone:secret@queue.example:6380/3").Options()
		require.Equal(t, "queue.example:6380", options.Addr)
		require.Equal(t, "secret", options.Password)
		require.Equal(t, 3, options.DB)
		require.NotNil(t, options.TLSConfig)
	})
	t.Run("a socket", func(t *testing.T) {
		options := client[*redis.Client](t, "unix:///run/redis.sock?db=2").Options()
		require.Equal(t, "/run/redis.sock", options.Addr)
		require.Equal(t, 2, options.DB)
	})
	t.Run("a cluster", func(t *testing.T) {
		options := client[*redis.ClusterClient](t, "redis-cluster://a:secret@one:7000,two:7001,three:7002").Options()
		require.Equal(t, []string{"one:7000", "two:7001", "three:7002"}, options.Addrs)
		require.Equal(t, "secret", options.Password)
		require.Nil(t, options.TLSConfig)
	})
	for _, name := range []string{"master", "master_name"} {
		t.Run("sentinels, "+name, func(t *testing.T) {
			options := client[*redis.Client](t, "rediss-sentinel://one:26379,two:26380/4?"+name+"=queues").Options()
			require.Equal(t, "FailoverClient", options.Addr)
			require.Equal(t, 4, options.DB)
			require.NotNil(t, options.TLSConfig)
		})
	}
}

func client[T redis.UniversalClient](t *testing.T, target string) T {
	t.Helper()
	where, err := connect(target)
	require.NoError(t, err)
	made, ok := where.MakeRedisClient().(T)
	require.True(t, ok)
	t.Cleanup(func() { require.NoError(t, made.Close()) })
	return made
}

func TestBadSettingsAreRefusedWithoutShowingSecrets(t *testing.T) {
	for target, what := range map[string]string{
		"":                                   "RETOMA_REDIS_URL",
		"localhost:6379":                     "must begin with redis://",
		"http://someone:secret@host":         "must begin with redis://",
		"redis://someone:secret@host:port/0": "not usable",
		"redis://someone:secret@host/none":   "not usable",
		"redis-sentinel://a:secret@one:1":    "master_name",
		"redis-cluster://a:secret@one:x":     "not usable",
	} {
		t.Run(target, func(t *testing.T) {
			err := run(t.Context(), []string{"-addr", "127.0.0.1:0"}, func(name string) string {
				if name == redisVariable {
					return target
				}
				return ""
			}, io.Discard)
			require.ErrorContains(t, err, what)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestConsoleListensOnThisMachineOnlyUnlessTold(t *testing.T) {
	chosen, err := read([]string{"-redis-url", "redis://here"}, func(string) string { return "" }, io.Discard)
	require.NoError(t, err)
	require.Equal(t, settings{redisURL: "redis://here", address: "127.0.0.1:8081", readOnly: true}, chosen)
}
