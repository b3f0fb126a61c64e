package pace

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// history is what SQL knows: who was sent to, and when.
type history struct {
	sent   map[string][]time.Time
	asked  int
	broken bool
}

func (h *history) read(_ context.Context, _, contactID string, since time.Time) (times []time.Time, err error) {
	h.asked++
	if h.broken {
		return nil, errors.New("the database is away")
	}
	for _, at := range h.sent[contactID] {
		if at.After(since) {
			times = append(times, at)
		}
	}
	return times, nil
}

// wipe empties what Redis knows of a channel; alone, the process begins anew.
func wipe(t *testing.T, client redis.UniversalClient, channel string) {
	if client == nil {
		return
	}
	keys, err := client.Keys(t.Context(), "retoma:pace:{"+groupOf(channel)+"}:*").Result()
	require.NoError(t, err)
	if len(keys) > 0 {
		require.NoError(t, client.Del(t.Context(), keys...).Err())
	}
}

func talkTo(limits Limits) Limits {
	limits.PairEvery, limits.PairBurst, limits.PairMemory = strictGap, 40, 40*strictGap
	return limits
}

// Whoever begins anew - after a crash, with an empty Redis - and whenever: the provider refuses none.
func TestWhatAPairOwesOutlivesItsMemory(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		rapid.Check(t, func(r *rapid.T) {
			now, told := noon(), &history{sent: map[string][]time.Time{}}
			clock := func() time.Time { return now }
			begin := func() *Pace { return New(client, quietly(Options{Now: clock, Sent: told.read})) }
			p, channel := begin(), uuid.NewString()
			provider := map[string]*strictPair{"ana": {}, "bia": {}}
			id := 0
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 50, 900, 8000, 60_000, 239_000, 500_000}).Draw(r, "passes")) * time.Millisecond)
				if rapid.IntRange(0, 2).Draw(r, "wiped") == 0 {
					wipe(t, client, channel)
					p = begin()
				}
				contact := rapid.SampledFrom([]string{"ana", "bia"}).Draw(r, "contact")
				limits := talkTo(Limits{})
				limits.PairBurst = rapid.SampledFrom([]int{1, 40}).Draw(r, "burst")
				for range rapid.SampledFrom([]int{1, 3, 20, 50}).Draw(r, "come") {
					id++
					if slot := p.Reserve(t.Context(), channel, contact, fmt.Sprint("m", id), limits, now); slot.At.After(now) {
						p.Release(t.Context(), channel, contact, fmt.Sprint("m", id))
						break
					}
					require.True(r, provider[contact].takes(now), "%s at %s", contact, now)
					told.sent[contact] = append(told.sent[contact], now)
				}
			}
		})
	})
}

// A pair is asked about once, only while the memory is young, and not at all if nothing went to it lately.
func TestHistoryIsAskedAsLittleAsPossible(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		told := &history{}
		p, channel := New(client, quietly(Options{Now: noon, Sent: told.read})), uuid.NewString()
		ask := func(contact string, limits Limits, now time.Time) Slot {
			return p.Reserve(t.Context(), channel, contact, uuid.NewString(), limits, now)
		}
		for range 10 {
			ask("ana", talkTo(Limits{}), noon())
		}
		require.Equal(t, 1, told.asked)
		quiet := talkTo(Limits{})
		quiet.LastSent = at(noon(), -241*time.Second)
		ask("bia", quiet, noon())
		require.Equal(t, 1, told.asked, "nothing went to bia within the memory")
		ask("eva", talkTo(Limits{}), at(noon(), 240*time.Second))
		require.Equal(t, 1, told.asked, "all that is owed by now is remembered")
		p.AskPair(t.Context(), channel, "eva")
		ask("eva", talkTo(Limits{}), at(noon(), 250*time.Second))
		ask("eva", talkTo(Limits{}), at(noon(), 250*time.Second))
		require.Equal(t, 2, told.asked, "somebody else turned out to be eva")
	})
}

func TestWhatCannotBeReadIsWaitedFor(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		told := &history{broken: true}
		p, channel := New(client, quietly(Options{Now: noon, Sent: told.read})), uuid.NewString()
		require.Equal(t, at(noon(), time.Second), reserveAt(t, p, channel, "ana", "m", talkTo(Limits{}), noon()))
		told.broken = false
		require.Equal(t, at(noon(), time.Second), reserveAt(t, p, channel, "ana", "m", talkTo(Limits{}), at(noon(), time.Second)))
	})
}

// Two contacts are one: what went to the other one is owed too.
func TestAMergedPairOwesForBoth(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		told := &history{sent: map[string][]time.Time{}}
		p, channel := New(client, quietly(Options{Now: noon, Sent: told.read})), uuid.NewString()
		for i := range 2 {
			require.Equal(t, noon(), reserveAt(t, p, channel, "stays", fmt.Sprint("s", i), talkTo(Limits{}), noon()))
		}
		for range 32 {
			told.sent["stays"] = append(told.sent["stays"], noon())
		}
		p.AskPair(t.Context(), channel, "stays")
		require.Equal(t, at(noon(), 192*time.Second), reserveAt(t, p, channel, "stays", "next", talkTo(Limits{}), at(noon(), 5*time.Second)))
	})
}

func TestWhatAMessageWaitsForCanBeAsked(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		p, channel := New(client, quietly(Options{Now: noon})), uuid.NewString()
		look := func(message string, now time.Time) Wait {
			found := p.Look(t.Context(), channel, "ana", message, now)
			found.Until = found.Until.UTC()
			return found
		}
		require.Equal(t, NoWait, look("m0", noon()).Cause)
		limits := talkTo(Limits{PerSecond: 1})
		limits.PairMemory = 0
		for i := range 3 {
			p.Reserve(t.Context(), channel, "ana", fmt.Sprint("m", i), limits, noon())
		}
		require.Equal(t, Wait{Cause: Rate, Until: at(noon(), 2*time.Second)}, look("m2", noon()))
		require.Equal(t, Wait{Cause: PairOwes, Until: at(noon(), 18*time.Second)}, look("other", at(noon(), 5*time.Second)))
		p.HoldChannel(t.Context(), channel, at(noon(), time.Minute), "130429")
		require.Equal(t, Wait{Cause: ChannelHeld, Until: at(noon(), time.Minute), Why: "130429"}, look("other", noon()))
		slot := p.Reserve(t.Context(), channel, "bia", "m9", limits, noon()).At.UTC()
		require.False(t, slot.Before(at(noon(), time.Minute)))
		behind := p.Look(t.Context(), channel, "bia", "m9", noon())
		require.Equal(t, Wait{Cause: ChannelHeld, Until: slot, Why: "130429"}, Wait{behind.Cause, behind.Until.UTC().Truncate(time.Millisecond), behind.Why}, "its slot is behind the hold")
		p.HoldPair(t.Context(), channel, "ana", at(noon(), time.Hour))
		require.Equal(t, Wait{Cause: PairHeld, Until: at(noon(), time.Hour)}, look("other", noon()))
		require.Equal(t, NoWait, look("other", at(noon(), 2*time.Hour)).Cause, "it is over")
	})
}
