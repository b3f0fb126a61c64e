package pace

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// first is a message that begins a talk, under a limit of people.
func first(people int) Limits { return Limits{People: people, Begins: true, Kept: 0.1, Waits: true} }

func TestThePeopleOfADayAreCountedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		ask := func(contact string, limits Limits, now time.Time) Slot {
			return p.Reserve(t.Context(), channel, contact, uuid.NewString(), limits, now)
		}
		for i := range 9 {
			require.False(t, ask(fmt.Sprint("c", i), first(10), at(noon(), time.Duration(i)*time.Hour)).Full, "person %d", i)
		}
		now := at(noon(), 10*time.Hour)
		require.False(t, ask("c3", first(10), now).Full, "who was counted is not counted again")
		waiting := ask("new", first(10), now)
		require.True(t, waiting.Full, "the tenth place is kept for answers")
		require.Equal(t, 9, waiting.Used)
		require.Equal(t, at(noon(), 24*time.Hour), waiting.At.UTC(), "when the first is a day ago")
		free := first(10)
		free.Begins = false
		require.False(t, ask("new", free, now).Full, "what begins no talk is not counted")
		privileged := first(10)
		privileged.Privileged = true
		require.False(t, ask("answered", privileged, now).Full)
		privileged.Waits = false
		over := ask("one more", privileged, now)
		require.True(t, over.Full)
		require.False(t, ask("new", first(10), at(noon(), 25*time.Hour)).Full)
	})
}

// Those who wait get a place each, so that nobody asks again in vain: the k-th when the k-th counted person is a day ago.
func TestWhoWaitsForADayIsGivenAPlaceOfItsOwn(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		limits := first(10)
		limits.Kept = 0
		for i := range 10 {
			p.Reserve(t.Context(), channel, fmt.Sprint("c", i), fmt.Sprint("m", i), limits, at(noon(), time.Duration(i)*time.Minute))
		}
		now := at(noon(), time.Hour)
		var places []time.Time
		for i := range 25 {
			places = append(places, p.Reserve(t.Context(), channel, fmt.Sprint("w", i), fmt.Sprint("wm", i), limits, now).At.UTC())
		}
		for i, place := range places {
			require.Equal(t, at(noon(), time.Duration(1+i/10)*24*time.Hour+time.Duration(i%10)*time.Minute), place, "place %d", i)
			require.Equal(t, place, p.Reserve(t.Context(), channel, fmt.Sprint("w", i), fmt.Sprint("wm", i), limits, now).At.UTC(), "it keeps it")
		}
		for i, place := range places[:20] {
			require.False(t, p.Reserve(t.Context(), channel, fmt.Sprint("w", i), fmt.Sprint("wm", i), limits, place).Full, "asked at its place, it goes: %d", i)
		}
		p.options.Now = func() time.Time { return places[19] }
		p.Release(t.Context(), channel, "w20", "wm20")
		require.True(t, p.Reserve(t.Context(), channel, "late", "late", limits, places[19]).Full)
	})
}

// Whatever comes, in any 24 hours no more people are begun with than the limit, on one or on several workers.
func TestNoDayHasMorePeopleThanTheLimit(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		rapid.Check(t, func(r *rapid.T) {
			people := rapid.IntRange(1, 12).Draw(r, "people")
			workers := []*Pace{New(client, quietly(Options{}))}
			if client != nil {
				workers = append(workers, New(client, quietly(Options{})))
			}
			channel, now := Name(uuid.NewString(), "channel"), noon()
			waiting := map[string]time.Time{}
			begun := map[string][]time.Time{}
			for i := range rapid.IntRange(1, 80).Draw(r, "steps") {
				now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(r, "minutes")) * time.Minute)
				contact := fmt.Sprint(rapid.IntRange(0, 30).Draw(r, "contact"))
				limits := first(people)
				limits.Privileged, limits.Waits = rapid.Bool().Draw(r, "privileged"), rapid.Bool().Draw(r, "waits")
				slot := workers[i%len(workers)].Reserve(t.Context(), channel, contact, fmt.Sprint("m", i), limits, now)
				if !slot.Full {
					begun[contact] = append(begun[contact], now)
					delete(waiting, contact)
				} else {
					require.True(r, slot.At.After(now))
					waiting[contact] = slot.At
				}
				counted := 0
				for _, times := range begun {
					if slices.ContainsFunc(times, func(t time.Time) bool { return now.Sub(t) < 24*time.Hour }) {
						counted++
					}
				}
				require.LessOrEqual(r, counted, people)
			}
		})
	})
}

func TestWhatSQLRemembersIsToldWhenRedisForgets(t *testing.T) {
	server := miniredis.NewMiniRedis()
	client := redis.NewClient(&redis.Options{Protocol: 2, Dialer: func(context.Context, string, string) (net.Conn, error) { return server.Dial() }})
	defer server.Close()
	defer func() { require.NoError(t, client.Close()) }()
	group := uuid.NewString()
	past := map[string]time.Time{}
	for i := range 1500 {
		past[fmt.Sprint("c", i)] = at(noon(), -time.Duration(i)*time.Second)
	}
	asked := 0
	history := func(_ context.Context, of string, since time.Time) (map[string]time.Time, error) {
		asked++
		require.Equal(t, group, of)
		require.Equal(t, at(noon(), -24*time.Hour), since.UTC())
		return past, nil
	}
	workers := []*Pace{New(client, quietly(Options{History: history})), New(client, quietly(Options{History: history}))}
	limits := first(2000)
	limits.Kept = 0.25
	for round := range 2 {
		for i, p := range workers {
			one, other := Name(group, "one"), Name(group, "other")
			require.True(t, p.Reserve(t.Context(), one, "new", fmt.Sprint(round, i), limits, noon()).Full, "all numbers of the group count together")
			require.False(t, p.Reserve(t.Context(), other, "c7", fmt.Sprint(round, i, "b"), limits, noon()).Full)
			require.Equal(t, round+1, asked, "read once for all workers")
		}
		server.FlushAll()
	}
}

func TestWithoutAMemoryNobodyNewIsWrittenTo(t *testing.T) {
	failing := true
	p := New(nil, quietly(Options{History: func(context.Context, string, time.Time) (map[string]time.Time, error) {
		if failing {
			return nil, errors.New("the database is away")
		}
		return nil, nil
	}}))
	require.True(t, p.Reserve(t.Context(), "c", "ana", "m", first(5), noon()).At.After(noon()))
	failing = false
	require.False(t, p.Reserve(t.Context(), "c", "ana", "m", first(5), noon()).At.After(noon()))
}

func TestRefusalsHalveTheRateAndItComesBack(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		now := noon()
		clock := func() time.Time { return now }
		p, other := New(client, quietly(Options{Now: clock})), New(client, quietly(Options{Now: clock}))
		if client == nil {
			other = p
		}
		channel := uuid.NewString()
		rate := func() int {
			within := 0
			for i := range 200 {
				slot := other.Reserve(t.Context(), channel, fmt.Sprint(i), uuid.NewString(), Limits{PerSecond: 80, Burst: 10}, now)
				if slot.At.Before(at(now, time.Second)) {
					within++
				}
			}
			now = at(now, 10*time.Second)
			return within
		}
		require.Equal(t, 89, rate(), "80 and a burst")
		p.Slow(t.Context(), channel)
		p.Slow(t.Context(), channel) // refused together
		now = at(now, time.Second)
		require.InDelta(t, 40, rate(), 1, "shared by the workers")
		p.Slow(t.Context(), channel)
		now = at(now, time.Second)
		require.InDelta(t, 22, rate(), 2)
		now = at(now, 100*time.Second)
		require.InDelta(t, 49, rate(), 3)
		now = at(now, 300*time.Second)
		require.Equal(t, 89, rate(), "back")
	})
}

func TestSlotsOfBeforeARefusalAreWorthNothing(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{Now: noon})), uuid.NewString()
		limits := Limits{PerSecond: 10}
		for i := range 100 {
			p.Reserve(t.Context(), channel, fmt.Sprint(i), fmt.Sprint(i), limits, noon())
		}
		require.Equal(t, at(noon(), 5*time.Second), reserveAt(t, p, channel, "50", "50", limits, noon()))
		p.Slow(t.Context(), channel)
		now := at(noon(), 5*time.Second)
		require.Equal(t, now, reserveAt(t, p, channel, "50", "50", limits, now))
		require.InDelta(t, 197, reserveAt(t, p, channel, "51", "51", limits, now).Sub(now).Milliseconds(), 5, "spaced by the halved rate")
	})
}

func TestATalkBorrowsAndPaysBack(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{})), uuid.NewString()
		talk, planned := Limits{PairEvery: 6 * time.Second, PairBurst: 5}, Limits{PairEvery: 6 * time.Second}
		for i := range 5 {
			require.Equal(t, noon(), reserveAt(t, p, channel, "ana", fmt.Sprint("t", i), talk, noon()))
		}
		require.Equal(t, at(noon(), 30*time.Second), reserveAt(t, p, channel, "ana", "t5", talk, noon()), "what is borrowed is paid back first")
		require.Equal(t, at(noon(), 30*time.Second), reserveAt(t, p, channel, "ana", "f", planned, noon()), "by what is planned, too")
		require.Equal(t, noon(), reserveAt(t, p, channel, "bia", "f2", planned, noon()))
	})
}

// Answers go first: behind any backlog of planned messages, from many workers at once, an answer waits at most for the
// answers before it.
func TestAnswersGoBeforeBatches(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		rapid.Check(t, func(r *rapid.T) {
			perSecond := rapid.IntRange(5, 80).Draw(r, "perSecond")
			backlog, answers := rapid.IntRange(0, 300).Draw(r, "backlog"), rapid.IntRange(1, 30).Draw(r, "answers")
			limits := Limits{PerSecond: perSecond, Burst: 10, Reserved: 0.2}
			workers := make([]*Pace, 4)
			for i := range workers {
				workers[i] = New(client, quietly(Options{}))
				if client == nil {
					workers[i] = workers[0]
				}
			}
			channel := uuid.NewString()
			var all sync.WaitGroup
			for number, worker := range workers {
				all.Go(func() {
					for i := range backlog {
						id := fmt.Sprint("b", number, "-", i)
						worker.Reserve(context.Background(), channel, id, id, limits, noon())
					}
				})
			}
			urgent := limits
			urgent.Urgent = true
			var mutex sync.Mutex
			var latest time.Time
			for number, worker := range workers {
				all.Go(func() {
					for i := range answers {
						id := fmt.Sprint("a", number, "-", i)
						slot := worker.Reserve(context.Background(), channel, id, id, urgent, noon())
						mutex.Lock()
						if slot.At.After(latest) {
							latest = slot.At
						}
						mutex.Unlock()
					}
				})
			}
			all.Wait()
			interval := time.Duration(urgent.tracks(1)[urgentTrack].interval) * time.Microsecond
			require.LessOrEqual(r, latest.Sub(noon()), time.Duration(len(workers)*answers)*interval)
		})
	})
}
