package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func clockTimes() *rapid.Generator[ClockTime] {
	return rapid.Custom(func(t *rapid.T) ClockTime {
		return ClockTime{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: rapid.IntRange(0, 59).Draw(t, "minute")}
	})
}

// watchedClock finds the next occurrence of clock by watching the wall clock minute by minute from now on: the minute that
// shows it for the first time, or the one at which the clock has jumped over it.
func watchedClock(now time.Time, clock ClockTime, zone *time.Location) time.Time {
	at := now.Truncate(time.Minute)
	if at.Before(now) {
		at = at.Add(time.Minute)
	}
	for ; ; at = at.Add(time.Minute) {
		wall := wallOf(at, zone)
		for skipped := wallOf(at.Add(-time.Minute), zone).Add(time.Minute); skipped.Before(wall); skipped = skipped.Add(time.Minute) {
			if shows(skipped, clock) {
				return at
			}
		}
		if shows(wall, clock) && !shownBefore(at, wall, zone) {
			return at
		}
	}
}

func shows(wall time.Time, clock ClockTime) bool {
	return wall.Hour() == clock.Hour && wall.Minute() == clock.Minute
}

func shownBefore(at, wall time.Time, zone *time.Location) bool {
	for back := time.Minute; back <= 3*time.Hour; back += time.Minute {
		if wallOf(at.Add(-back), zone).Equal(wall) {
			return true
		}
	}
	return false
}

func TestFirstAtClockAgreesWithAWatchedClock(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, clock := near(changes).Draw(t, "near"), clockTimes().Draw(t, "clock")
		requireInstant(t, watchedClock(n.instant, clock, n.zone), FirstAtClock(n.instant, clock, 0, n.zone))
	})
}

// Around every change: now at six instants about it, the clock at every quarter of an hour within two hours of it.
func TestFirstAtClockAgreesWithAWatchedClockAroundEveryChange(t *testing.T) {
	for _, c := range allChanges(t) {
		for _, distance := range []time.Duration{-c.shift(), -1, 0, 1, c.shift() / 2, c.shift()} {
			now := c.at.Add(distance)
			for minute := 0; minute < 4*60; minute += 15 {
				wall := wallOf(c.at, c.zone).Add(time.Duration(minute-120) * time.Minute)
				clock := ClockTime{Hour: wall.Hour(), Minute: wall.Minute()}
				requireInstant(t, watchedClock(now, clock, c.zone), FirstAtClock(now, clock, 0, c.zone), c.String(), distance, clock)
			}
		}
	}
}

func TestTheOffsetIsAddedOnTheWallClock(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, clock := near(changes).Draw(t, "near"), clockTimes().Draw(t, "clock")
		offset := rapid.OneOf(rapid.IntRange(0, 20_000), rapid.Map(rapid.IntRange(0, 12), func(days int) int { return days * 1440 })).Draw(t, "offset")
		got := FirstAtClock(n.instant, clock, offset, n.zone)

		require.False(t, got.Before(n.instant), "never before now")
		minutes := (clock.minutes() + offset) % (24 * 60)
		asked := ClockTime{Hour: minutes / 60, Minute: minutes % 60}
		wall := wallOf(got, n.zone)
		if !shows(wall, asked) {
			requireAsTheClockJumpsOver(t, got, asked, n.zone)
			return
		}
		require.Zero(t, wall.Second()+wall.Nanosecond())
		require.False(t, shownBefore(got, wall, n.zone), "of two, the first")
	})
}

// requireAsTheClockJumpsOver demands that got is the very instant at which the wall clock jumps over asked.
func requireAsTheClockJumpsOver(t require.TestingT, got time.Time, asked ClockTime, zone *time.Location) {
	for skipped := wallOf(got.Add(-time.Nanosecond), zone).Add(time.Nanosecond); skipped.Before(wallOf(got, zone)); skipped = skipped.Add(time.Minute) {
		if shows(skipped, asked) {
			return
		}
	}
	require.Fail(t, "neither the clock time asked for nor the end of a gap around it", "%s for %s", got.In(zone), asked)
}

func TestEnrollingLaterIsNeverDueEarlier(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, clock := near(changes).Draw(t, "near"), clockTimes().Draw(t, "clock")
		offset := rapid.IntRange(0, 20_000).Draw(t, "offset")
		later := n.instant.Add(time.Duration(rapid.Int64Range(0, int64(72*time.Hour)).Draw(t, "later")))
		require.False(t, FirstAtClock(later, clock, offset, n.zone).Before(FirstAtClock(n.instant, clock, offset, n.zone)))
		longer := offset + rapid.IntRange(0, 3_000).Draw(t, "longer")
		require.False(t, FirstAtClock(n.instant, clock, longer, n.zone).Before(FirstAtClock(n.instant, clock, offset, n.zone)))
	})
}
