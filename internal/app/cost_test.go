package app_test

import (
	"context"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/app"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/worker"
)

// TestADueSendCostsFewRedisCalls counts what Redis itself says it was asked: the task of a due time is enqueued, taken and
// finished, and the pace is asked once. architecture.md aims at five at most. asynq's polling is measured beside and taken off.
func TestADueSendCostsFewRedisCalls(t *testing.T) {
	if os.Getenv(redisVariable) == "" {
		t.Logf("not covered: set %s", redisVariable)
		return
	}
	address := redisOfOurOwn(t) // Redis counts what all of its clients ask
	s := newScene(t, "sqlite")
	s.config.RedisURL, s.config.Horizon = address, time.Hour
	ctx := context.Background()
	running, err := app.Start(ctx, s.config, t.Output(), quiet(), app.Hooks{})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(ctx)) }()
	options, err := redis.ParseURL(address)
	require.NoError(t, err)
	client := redis.NewClient(options)
	defer func() { require.NoError(t, client.Close()) }()

	const (
		sends   = 400
		ahead   = 6 * time.Second // nearer alarms need no task at all: they go on the heap of the process
		watched = 8 * time.Second
	)
	idle := callsIn(t, client, watched/4, func() {}) * 4
	busy := callsIn(t, client, watched, func() {
		at := time.Now().Add(ahead)
		for range sends {
			id := chat.NewID()
			running.Parts().Wake.At(desk.Alarm{Kind: desk.AlarmRun, ID: id, Token: 1, Ref: desk.Ref{TenantID: s.tenant.ID, ContactID: id}, FollowUpID: id, At: at})
			running.Parts().Pacer.Reserve(ctx, worker.PaceLimits{
				Channel:   worker.PaceChannel{TenantID: s.tenant.ID, Portfolio: "portfolio", ID: s.channel.ID},
				ContactID: id, MessageID: id, PerSecond: 1000, PairEvery: time.Second, Begins: true, People: 100_000, Now: time.Now(),
			})
		}
	})
	perSend := float64(busy-idle) / sends
	t.Logf("idle %d calls in 8 s; %.1f calls for each due send", idle, perSend)
	require.LessOrEqual(t, perSend, 5.0)
}

// callsIn counts the commands that Redis worked on from the outside while do ran and a time passed.
func callsIn(t *testing.T, client *redis.Client, during time.Duration, do func()) int {
	t.Helper()
	before := calls(t, client)
	timer := time.NewTimer(during)
	do()
	<-timer.C
	return calls(t, client) - before
}

// calls is the number of scripts that clients ran: asynq and the pace do everything in scripts. The commands inside a
// script cost no trip, though Redis counts them too.
func calls(t *testing.T, client *redis.Client) int {
	t.Helper()
	info, err := client.Info(context.Background(), "commandstats").Result()
	require.NoError(t, err)
	total := 0
	for _, match := range regexp.MustCompile(`cmdstat_(?:evalsha|eval):calls=(\d+)`).FindAllStringSubmatch(info, -1) {
		count, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		total += count
	}
	return total
}
