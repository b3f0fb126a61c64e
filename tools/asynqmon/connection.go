package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
)

// connection makes clients of one Redis; it is what asynq asks for (asynq.RedisConnOpt).
type connection func() redis.UniversalClient

// MakeRedisClient makes a client of its own for each caller.
func (c connection) MakeRedisClient() any { return c() }

// connect reads a Redis URL in the forms that retoma takes: redis://, rediss://, unix://, and redis-sentinel:// and
// redis-cluster:// (rediss- with TLS) with several hosts. Errors never show the URL, which may hold a password.
func connect(target string) (connection, error) {
	scheme, rest, _ := strings.Cut(target, "://")
	plain, isSecure := strings.CutPrefix(scheme, "rediss")
	if !isSecure {
		plain = strings.TrimPrefix(scheme, "redis")
	}
	switch {
	case scheme == "unix", scheme == "redis", scheme == "rediss":
		options, err := redis.ParseURL(target)
		return func() redis.UniversalClient { return redis.NewClient(options) }, hidden(err)
	case plain == "-sentinel":
		options, err := redis.ParseFailoverURL(oneHost(isSecure, rest))
		if err == nil && options.MasterName == "" {
			err = errors.New("a sentinel URL needs ?master_name=")
		}
		return func() redis.UniversalClient { return redis.NewFailoverClient(options) }, hidden(err)
	case plain == "-cluster":
		options, err := redis.ParseClusterURL(oneHost(isSecure, rest))
		return func() redis.UniversalClient { return redis.NewClusterClient(options) }, hidden(err)
	default:
		return nil, errors.New("a Redis URL must begin with redis://, rediss://, unix://, redis-sentinel:// or redis-cluster://")
	}
}

// oneHost writes "user:password@a:1,b:2/0?x=y" the way go-redis reads it: the first host as the host, the others as
// addr parameters.
func oneHost(secure bool, rest string) string {
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	user, list := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, list = authority[:at+1], authority[at+1:]
	}
	hosts := strings.Split(list, ",")
	parameters := make([]string, 0, len(hosts)+1)
	if query != "" {
		parameters = append(parameters, strings.TrimPrefix(strings.Replace("&"+query, "&master=", "&master_name=", 1), "&"))
	}
	for _, host := range hosts[1:] {
		parameters = append(parameters, "addr="+url.QueryEscape(host))
	}
	scheme := "redis://"
	if secure {
		scheme = "rediss://"
	}
	return scheme + user + hosts[0] + "/" + path + "?" + strings.Join(parameters, "&")
}

// hidden keeps what is wrong with a URL and drops the URL itself, which net/url repeats in its errors.
func hidden(err error) error {
	var broken *url.Error
	if errors.As(err, &broken) {
		err = broken.Err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("the Redis URL is not usable: %w", err)
}
