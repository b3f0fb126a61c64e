package wake

import (
	"crypto/tls"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestOptionsThatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no source":               func(o *Options) { o.Source = nil },
		"no work":                 func(o *Options) { o.Work = nil },
		"no notify":               func(o *Options) { o.Notify = nil },
		"a listening remote one":  func(o *Options) { o.RedisURL, o.RedisListen = "redis://localhost", "127.0.0.1:0" },
		"listening to everyone":   func(o *Options) { o.RedisListen = ":6380" },
		"listening on a network":  func(o *Options) { o.RedisListen = "192.168.0.1:6380" },
		"listening on a name":     func(o *Options) { o.RedisListen = "localhost:6380" },
		"listening without port":  func(o *Options) { o.RedisListen = "127.0.0.1" },
		"a negative horizon":      func(o *Options) { o.Horizon = -1 },
		"more than all workers":   func(o *Options) { o.TenantShare = 1.5 },
		"an unknown scheme":       func(o *Options) { o.RedisURL = "http://localhost" },
		"no scheme":               func(o *Options) { o.RedisURL = "localhost:6379" },
		"a sentinel without name": func(o *Options) { o.RedisURL = "redis-sentinel://one:26379,two:26379" },
		"an unknown parameter":    func(o *Options) { o.RedisURL = "redis://localhost?speed=high" },
	} {
		t.Run(name, func(t *testing.T) {
			o := newWorld().options()
			change(&o)
			_, err := New(o)
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
		})
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	o := newWorld().options()
	o.RedisListen = "127.0.0.1:0"
	first := unstarted(t, o)
	o.RedisListen = first.ListenAddress()
	_, err := New(o)
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
}

func TestAPasswordIsNotShown(t *testing.T) {
	for _, url := range []string{"redis://:sesame@host:port:port", "redis://:sesame@host:6379/x", "redis-cluster://:sesame@%zz,two", "sesame"} {
		o := newWorld().options()
		o.RedisURL = url
		_, err := New(o)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "sesame")
	}
}

func TestRedisURLs(t *testing.T) {
	atEnd := func(t *testing.T, client redis.UniversalClient) {
		t.Cleanup(func() { require.NoError(t, client.Close()) })
	}
	t.Run("single", func(t *testing.T) {
		client, err := open("rediss://user:word@cache:6390/4")
		require.NoError(t, err)
		atEnd(t, client)
		o := client.(*redis.Client).Options()
		require.Equal(t, []any{"cache:6390", "user", "word", 4, true}, []any{o.Addr, o.Username, o.Password, o.DB, o.ContextTimeoutEnabled})
		require.EqualValues(t, tls.VersionTLS12, o.TLSConfig.MinVersion)
	})
	t.Run("unix", func(t *testing.T) {
		client, err := open("unix:///run/redis.sock?db=2")
		require.NoError(t, err)
		atEnd(t, client)
		require.Equal(t, "/run/redis.sock", client.(*redis.Client).Options().Addr)
	})
	t.Run("sentinel", func(t *testing.T) {
		client, err := open("redis-sentinel://:word@one:26379,two:26380/3?master=main&password=other")
		require.NoError(t, err)
		atEnd(t, client)
		o := client.(*redis.Client).Options()
		require.Equal(t, []any{"FailoverClient", 3, "other"}, []any{o.Addr, o.DB, o.Password})
	})
	t.Run("cluster", func(t *testing.T) {
		client, err := open("redis-cluster://user:word@one:7000,two:7001,[::1]:7002?pool_size=7")
		require.NoError(t, err)
		atEnd(t, client)
		o := client.(*redis.ClusterClient).Options()
		require.Equal(t, []string{"one:7000", "two:7001", "[::1]:7002"}, o.Addrs)
		require.Equal(t, []any{"user", "word", 7}, []any{o.Username, o.Password, o.PoolSize})
	})
}
