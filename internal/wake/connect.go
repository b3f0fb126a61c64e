package wake

import (
	"context"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"retoma/internal/fault"
)

// open makes a client for a Redis URL:
//
//	redis://[user:password@]host:port[/db]           rediss:// with TLS, unix://path?db=n
//	redis-sentinel://[user:password@]host:port,host:port[/db]?master_name=name    (credentials are the sentinels'; username= and password= the master's)
//	redis-cluster://[user:password@]host:port,host:port
//
// and the query options of go-redis. Errors never show the URL, which may hold a password.
func open(target string) (redis.UniversalClient, error) {
	scheme, rest, found := strings.Cut(target, "://")
	if !found {
		return nil, fault.Field("redis-url", "must begin with redis://, rediss://, unix://, redis-sentinel:// or redis-cluster://")
	}
	secure := strings.HasPrefix(scheme, "rediss")
	switch scheme {
	case "redis", "rediss", "unix":
		return openSingle(target)
	case "redis-sentinel", "rediss-sentinel":
		return openSentinel(plainURL(secure, rest))
	case "redis-cluster", "rediss-cluster":
		return openCluster(plainURL(secure, rest))
	default:
		return nil, fault.Field("redis-url", "unknown scheme %q", scheme)
	}
}

// plainURL writes a list of hosts in the form that go-redis reads: the first as the host, the others as addr parameters.
func plainURL(secure bool, rest string) string {
	scheme := "redis://"
	if secure {
		scheme = "rediss://"
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	user := ""
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, authority = authority[:at+1], authority[at+1:]
	}
	hosts := strings.Split(authority, ",")
	path, query, _ := strings.Cut(tail, "?")
	for _, host := range hosts[1:] {
		if query != "" {
			query += "&"
		}
		query += "addr=" + url.QueryEscape(host)
	}
	query = strings.Replace("&"+query, "&master=", "&master_name=", 1)[1:]
	if query != "" {
		query = "?" + query
	}
	return scheme + user + hosts[0] + path + query
}

// unreadable hides go-redis' own text where it would repeat the URL.
func unreadable(target string, err error) error {
	if _, broken := url.Parse(target); broken != nil {
		return fault.Field("redis-url", "is not a URL")
	}
	return fault.Field("redis-url", "%s", err.Error())
}

func openSingle(target string) (redis.UniversalClient, error) {
	options, err := redis.ParseURL(target)
	if err != nil {
		return nil, unreadable(target, err)
	}
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	options.MaintNotificationsConfig = quiet()
	return redis.NewClient(options), nil
}

func openSentinel(target string) (redis.UniversalClient, error) {
	options, err := redis.ParseFailoverURL(target)
	if err != nil {
		return nil, unreadable(target, err)
	}
	if options.MasterName == "" {
		return nil, fault.Field("redis-url", "a sentinel URL needs ?master_name=")
	}
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	return redis.NewFailoverClient(options), nil
}

func openCluster(target string) (redis.UniversalClient, error) {
	options, err := redis.ParseClusterURL(target)
	if err != nil {
		return nil, unreadable(target, err)
	}
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	options.MaintNotificationsConfig = quiet()
	return redis.NewClusterClient(options), nil
}

// openWith makes a client over a dialer, for the embedded Redis.
func openWith(dial func() (net.Conn, error)) redis.UniversalClient {
	return redis.NewClient(&redis.Options{
		Addr:                     "embedded",
		Dialer:                   func(context.Context, string, string) (net.Conn, error) { return dial() },
		Protocol:                 2,
		DisableIdentity:          true,
		MaintNotificationsConfig: quiet(),
		ContextTimeoutEnabled:    true,
		PoolTimeout:              10 * time.Second,
	})
}

// quiet keeps go-redis from asking the server for maintenance notices, which only managed clouds send.
func quiet() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}
