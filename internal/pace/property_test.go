package pace

import (
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// scene is a random course of events on one channel, played on one or several books.
type scene struct {
	t        *rapid.T
	ctx      *testing.T
	paces    []*Pace
	channel  string
	limits   Limits
	now      time.Time
	reserved map[string]time.Time // by message: the last answer
}

func drawLimits(t *rapid.T) Limits {
	return Limits{
		PerSecond: rapid.IntRange(1, 100).Draw(t, "perSecond"),
		Burst:     rapid.IntRange(0, 20).Draw(t, "burst"),
		People:    rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "people"),
		Kept:      0.4,
		PairEvery: time.Duration(rapid.SampledFrom([]int{0, 0, 50, 6000}).Draw(t, "gap")) * time.Millisecond,
		Reserved:  rapid.SampledFrom([]float64{0, 0.2, 0.5}).Draw(t, "reserved"),
	}
}

// step lets one thing happen; every pace must give the same answer.
func (s *scene) step() {
	message := fmt.Sprint(rapid.IntRange(0, 60).Draw(s.t, "message"))
	contact := "c" + message[:1]
	switch rapid.IntRange(0, 13).Draw(s.t, "what") {
	case 13:
		for _, p := range s.paces {
			p.Slow(s.ctx.Context(), s.channel)
		}
	case 12:
		s.now = s.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(s.t, "hours")) * time.Hour)
	case 0:
		s.now = s.now.Add(time.Duration(rapid.IntRange(0, 3_000_000).Draw(s.t, "passes")) * time.Microsecond)
	case 1:
		until := s.now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(s.t, "hold")) * time.Millisecond)
		for _, p := range s.paces {
			p.HoldChannel(s.ctx.Context(), s.channel, until, "x")
		}
	case 2:
		until := s.now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(s.t, "hold")) * time.Millisecond)
		for _, p := range s.paces {
			p.HoldPair(s.ctx.Context(), s.channel, contact, until)
		}
	case 3:
		if slot, yes := s.reserved[message]; yes && slot.After(s.now.Add(2*time.Millisecond)) {
			delete(s.reserved, message)
			for _, p := range s.paces {
				p.Release(s.ctx.Context(), s.channel, contact, message)
			}
		}
	default:
		s.reserve(contact, message)
	}
}

func (s *scene) reserve(contact, message string) {
	limits := s.limits
	limits.Urgent = rapid.Bool().Draw(s.t, "urgent")
	limits.PairBurst = rapid.SampledFrom([]int{0, 1, 3}).Draw(s.t, "pairBurst")
	limits.Begins, limits.Privileged, limits.Waits = rapid.Bool().Draw(s.t, "begins"), rapid.Bool().Draw(s.t, "privileged"), rapid.Bool().Draw(s.t, "waits")
	var first Slot
	for i, p := range s.paces {
		got := p.Reserve(s.ctx.Context(), s.channel, contact, message, limits, s.now)
		if i == 0 {
			first = got
		}
		require.Equal(s.t, first, got, "pace %d", i)
		again := p.Reserve(s.ctx.Context(), s.channel, contact, message, limits, s.now)
		require.Equal(s.t, got, again, "asked again at once")
	}
	if _, slot := s.paces[0].local.slotOf(s.channel, message); slot {
		s.reserved[message] = first.At
	}
}

// slotOf tells whether a message has a slot of its own.
func (b *book) slotOf(channelID, message string) (int64, bool) {
	kept, yes := b.channel(channelID).slots[message]
	return kept.at, yes
}

func play(t *testing.T, r *rapid.T, check func(*scene), clients ...redis.UniversalClient) {
	s := &scene{t: r, ctx: t, channel: uuid.NewString(), limits: drawLimits(r), now: noon(), reserved: map[string]time.Time{}}
	for _, client := range clients {
		s.paces = append(s.paces, New(client, quietly(Options{Now: func() time.Time { return s.now }})))
	}
	for range rapid.IntRange(1, 120).Draw(r, "steps") {
		s.step()
		check(s)
	}
}

// The rate holds over every window, whatever is held, released, late or urgent meanwhile. Looked at are the slots that
// stand at any one moment: those are the ones that messages can use.
func TestNoWindowHasMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		play(t, r, func(s *scene) {
			tracks := s.limits.tracks(1)
			for number, limit := range tracks {
				if limit.interval == 0 {
					continue
				}
				requireSpaced(r, s.paces[0].local.slotsOn(s.channel, number), limit)
			}
		}, nil)
	})
}

// slotsOn are the instants that stand on one track, in order.
func (b *book) slotsOn(channelID string, number int) []int64 {
	var slots []int64
	for _, kept := range b.channel(channelID).slots {
		if kept.track == number && kept.generation == b.channel(channelID).speed.generation {
			slots = append(slots, kept.at)
		}
	}
	sort.Slice(slots, func(i, j int) bool { return slots[i] < slots[j] })
	return slots
}

// requireSpaced: any n+burst slots in a row take at least n intervals.
func requireSpaced(r *rapid.T, slots []int64, limit track) {
	for first := range slots {
		for last := first + int(limit.burst); last < len(slots); last++ {
			least := int64(last-first-int(limit.burst)+1) * limit.interval
			require.GreaterOrEqual(r, slots[last]-slots[first], least, "slots %d to %d of %v", first, last, slots)
		}
	}
}

func TestBothTracksTogetherKeepTheRate(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		limits := drawLimits(r)
		tracks := limits.tracks(1)
		perSecond := 0.0
		for _, one := range tracks {
			if one.interval > 0 {
				perSecond += 1e6 / float64(one.interval)
			}
		}
		require.LessOrEqual(r, perSecond, float64(limits.PerSecond)+1e-9)
	})
}

// A pair's slots are its gap apart.
func TestNoPairIsFasterThanItsGap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		limits := Limits{PerSecond: rapid.IntRange(1, 100).Draw(r, "perSecond"), Burst: 5, PairEvery: 6 * time.Second}
		p, now := New(nil, quietly(Options{})), noon()
		last := map[string]time.Time{}
		for i := range 60 {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(r, "passes")) * time.Millisecond)
			contact, message := fmt.Sprint(rapid.IntRange(0, 3).Draw(r, "contact")), fmt.Sprint(i)
			slot := p.Reserve(t.Context(), "channel", contact, message, limits, now).At
			if at, reserved := p.local.slotOf("channel", message); reserved {
				if before, yes := last[contact]; yes {
					require.GreaterOrEqual(r, time.UnixMicro(at).Sub(before), 6*time.Second)
				}
				last[contact] = time.UnixMicro(at)
				require.False(r, slot.Before(now.Add(-time.Millisecond)))
			}
		}
	})
}

// The arithmetic in Lua is the arithmetic in Go.
func TestRedisAndMemoryAgree(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		rapid.Check(t, func(r *rapid.T) { play(t, r, func(*scene) {}, nil, client) })
	})
}
