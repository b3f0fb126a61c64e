package pace

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onEach runs a case in memory alone, through an embedded Redis and, if RETOMA_TEST_REDIS_URL names one, through a real
// Redis. Channels have fresh ids, so nothing is flushed.
func onEach(t *testing.T, run func(t *testing.T, client redis.UniversalClient)) {
	t.Helper()
	t.Run("alone", func(t *testing.T) { run(t, nil) })
	t.Run("embedded", func(t *testing.T) { run(t, embedded(t)) })
	if url := os.Getenv("RETOMA_TEST_REDIS_URL"); url != "" {
		t.Run("real", func(t *testing.T) {
			options, err := redis.ParseURL(url)
			require.NoError(t, err)
			client := redis.NewClient(options)
			t.Cleanup(func() { require.NoError(t, client.Close()) })
			run(t, client)
		})
	}
}

func embedded(t *testing.T) redis.UniversalClient {
	t.Helper()
	server := miniredis.NewMiniRedis()
	client := redis.NewClient(&redis.Options{
		Protocol: 2,
		Dialer:   func(context.Context, string, string) (net.Conn, error) { return server.Dial() },
	})
	t.Cleanup(func() {
		require.NoError(t, client.Close())
		server.Close()
	})
	return client
}

func quietly(o Options) Options {
	o.Logger = slog.New(slog.DiscardHandler)
	return o
}

// noon is when these tests take place; the clock is a parameter.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func at(base time.Time, offset time.Duration) time.Time { return base.Add(offset) }

func reserveAt(t *testing.T, p *Pace, channel, contact, message string, limits Limits, now time.Time) time.Time {
	t.Helper()
	return p.Reserve(t.Context(), channel, contact, message, limits, now).At.UTC()
}

func TestSlotsAreSpacedByTheRate(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		for i := range 10 {
			got := reserveAt(t, p, channel, fmt.Sprint(i), fmt.Sprint(i), Limits{PerSecond: 10}, noon())
			require.Equal(t, at(noon(), time.Duration(i)*100*time.Millisecond), got)
		}
	})
}

func TestBurstGoesAtOnceAfterARest(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		limits := Limits{PerSecond: 10, Burst: 3}
		var got []time.Duration
		for i := range 5 {
			got = append(got, reserveAt(t, p, channel, fmt.Sprint(i), fmt.Sprint(i), limits, noon()).Sub(noon()))
		}
		require.Equal(t, []time.Duration{0, 0, 0, 100 * time.Millisecond, 200 * time.Millisecond}, got)
	})
}

func TestAMessageKeepsItsSlot(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		limits := Limits{PerSecond: 1}
		reserveAt(t, p, channel, "ana", "first", limits, noon())
		slot := reserveAt(t, p, channel, "bia", "second", limits, noon())
		require.Equal(t, at(noon(), time.Second), slot)
		require.Equal(t, slot, reserveAt(t, p, channel, "bia", "second", limits, at(noon(), 300*time.Millisecond)))
		require.Equal(t, slot, reserveAt(t, p, channel, "bia", "second", limits, slot), "at its instant")
		require.Equal(t, slot, reserveAt(t, p, channel, "bia", "second", limits, at(slot, 900*time.Millisecond)), "a little late")
		if client != nil {
			other := New(client, quietly(Options{}))
			require.Equal(t, slot, reserveAt(t, other, channel, "bia", "second", limits, noon()), "by another worker, after a restart")
		}
	})
}

func TestAMessageThatIsTooLateGetsANewSlot(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		limits := Limits{PerSecond: 10}
		for i := range 5 {
			reserveAt(t, p, channel, fmt.Sprint(i), fmt.Sprint(i), limits, noon())
		}
		after := at(noon(), time.Minute)
		for i := range 5 {
			got := reserveAt(t, p, channel, fmt.Sprint(i), fmt.Sprint(i), limits, after)
			require.Equal(t, at(after, time.Duration(i)*100*time.Millisecond), got, "an outage does not end in a burst")
		}
	})
}

func TestPairWaitsWithoutHoldingUpTheChannel(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		limits := Limits{PerSecond: 10, PairEvery: 6 * time.Second}
		require.Equal(t, noon(), reserveAt(t, p, channel, "ana", "a1", limits, noon()))
		require.Equal(t, at(noon(), 6*time.Second), reserveAt(t, p, channel, "ana", "a2", limits, noon()))
		require.Equal(t, at(noon(), 6*time.Second), reserveAt(t, p, channel, "ana", "a3", limits, noon()))
		require.Equal(t, at(noon(), 100*time.Millisecond), reserveAt(t, p, channel, "bia", "b1", limits, noon()), "bia is next")
		later := at(noon(), 6*time.Second)
		require.Equal(t, later, reserveAt(t, p, channel, "ana", "a2", limits, later))
		require.Equal(t, at(later, 6*time.Second), reserveAt(t, p, channel, "ana", "a3", limits, later))
	})
}

func TestHoldsMoveWhatWasReserved(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{Now: noon})), uuid.NewString()
		limits := Limits{PerSecond: 10}
		for _, contact := range []string{"ana", "bia"} {
			reserveAt(t, p, channel, contact, contact, limits, noon())
		}
		until := at(noon(), 30*time.Second)
		p.HoldChannel(t.Context(), channel, until, "x")
		p.HoldChannel(t.Context(), channel, at(noon(), time.Second), "y") // a shorter one changes nothing
		require.Equal(t, until, reserveAt(t, p, channel, "ana", "ana", limits, noon()))
		require.Equal(t, at(until, 100*time.Millisecond), reserveAt(t, p, channel, "bia", "bia", limits, noon()))

		longer := at(noon(), time.Minute)
		p.HoldPair(t.Context(), channel, "ana", longer)
		require.Equal(t, longer, reserveAt(t, p, channel, "ana", "ana", limits, noon()))
		require.Equal(t, at(until, 100*time.Millisecond), reserveAt(t, p, channel, "bia", "bia", limits, noon()), "bia is not ana")
	})
}

func TestReleasedSlotsAreUsedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{Now: noon})), uuid.NewString()
		limits := Limits{PerSecond: 1}
		slots := map[string]time.Time{}
		for _, id := range []string{"a", "b", "c", "d"} {
			slots[id] = reserveAt(t, p, channel, id, id, limits, noon())
		}
		p.Release(t.Context(), channel, "b", "b") // from the middle
		p.Release(t.Context(), channel, "d", "d") // the last one
		p.Release(t.Context(), channel, "x", "x") // never reserved
		require.Equal(t, slots["b"], reserveAt(t, p, channel, "e", "e", limits, noon()))
		require.Equal(t, slots["d"], reserveAt(t, p, channel, "f", "f", limits, noon()))
		require.Equal(t, at(slots["d"], time.Second), reserveAt(t, p, channel, "g", "g", limits, noon()))
	})
}

func TestUrgentMessagesDoNotWaitBehindTheRest(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		bulk := Limits{PerSecond: 10, Reserved: 0.2}
		for i := range 1000 {
			reserveAt(t, p, channel, fmt.Sprint(i), fmt.Sprint(i), bulk, noon())
		}
		urgent := bulk
		urgent.Urgent = true
		require.Equal(t, noon(), reserveAt(t, p, channel, "ana", "answer", urgent, noon()))
		require.Equal(t, at(noon(), 500*time.Millisecond), reserveAt(t, p, channel, "bia", "answer-2", urgent, noon()))
	})
}

func TestNoLimitIsNoWait(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		for i := range 100 {
			require.Equal(t, noon(), reserveAt(t, p, channel, fmt.Sprint(i), fmt.Sprint(i), Limits{}, noon()))
		}
	})
}

func TestWorkersShareOneRate(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		channel := uuid.NewString()
		one := New(client, quietly(Options{}))
		workers := []*Pace{one, one, one}
		if client != nil {
			workers = []*Pace{one, New(client, quietly(Options{})), New(client, quietly(Options{}))}
		}
		var (
			mutex sync.Mutex
			slots = map[int64]int{}
			all   sync.WaitGroup
		)
		for number, worker := range workers {
			all.Go(func() {
				for i := range 50 {
					id := fmt.Sprint(number, "-", i)
					slot := worker.Reserve(context.Background(), channel, id, id, Limits{PerSecond: 50}, noon()).At
					mutex.Lock()
					slots[slot.Sub(noon()).Milliseconds()]++
					mutex.Unlock()
				}
			})
		}
		all.Wait()
		require.False(t, one.Degraded())
		require.Len(t, slots, 150, "no slot was given twice")
		for i := range int64(150) {
			require.Equal(t, 1, slots[i*20])
		}
	})
}

func TestRedisAwayLeavesAShareOfTheRate(t *testing.T) {
	client := redis.NewClient(&redis.Options{
		Dialer:        func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed },
		DialerRetries: 1, MaxRetries: -1,
	})
	defer func() { require.NoError(t, client.Close()) }()
	p, limits := New(client, quietly(Options{Now: noon})), Limits{PerSecond: 20}
	for i := range 10 {
		got := reserveAt(t, p, "channel", fmt.Sprint(i), fmt.Sprint(i), limits, noon())
		require.Equal(t, at(noon(), time.Duration(i)*200*time.Millisecond), got, "a quarter of 20 a second")
	}
	require.True(t, p.Degraded())
}

func TestASlotGivenByRedisHoldsWhenItGoesAway(t *testing.T) {
	server := miniredis.NewMiniRedis()
	client := redis.NewClient(&redis.Options{
		Protocol: 2, DialerRetries: 1, MaxRetries: -1,
		Dialer: func(context.Context, string, string) (net.Conn, error) { return server.Dial() },
	})
	defer func() { require.NoError(t, client.Close()); server.Close() }()
	p, limits := New(client, quietly(Options{Now: noon})), Limits{PerSecond: 1, PairEvery: time.Minute}
	reserveAt(t, p, "channel", "ana", "a1", limits, noon())
	slot := reserveAt(t, p, "channel", "bia", "b1", limits, noon())
	server.SetError("LOADING Redis is loading the dataset in memory")
	require.Equal(t, slot, reserveAt(t, p, "channel", "bia", "b1", limits, noon()))
	require.True(t, p.Degraded())
	require.Equal(t, at(noon(), time.Minute), reserveAt(t, p, "channel", "ana", "a2", limits, noon()), "the pair's gap too")
}
