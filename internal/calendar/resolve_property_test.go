package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Brute force: the wall clock is read at every minute for 12 hours around every change, and Resolve is asked for every
// wall-clock minute in the middle of them.
func TestResolveAgreesWithAWatchedWallClockAroundEveryChange(t *testing.T) {
	for _, c := range allChanges(t) {
		type reading struct{ wall, at time.Time }
		var readings []reading
		shown := map[time.Time]time.Time{}
		for at := c.at.Add(-6 * time.Hour); at.Before(c.at.Add(6 * time.Hour)); at = at.Add(time.Minute) {
			wall := wallOf(at, c.zone)
			readings = append(readings, reading{wall, at})
			if _, seen := shown[wall]; !seen {
				shown[wall] = at
			}
		}
		first := wallOf(c.at, c.zone).Add(-3 * time.Hour)
		for wall := first; wall.Before(first.Add(6 * time.Hour)); wall = wall.Add(time.Minute) {
			want, exists := shown[wall]
			for i := 0; !exists; i++ {
				want, exists = readings[i].at, readings[i].wall.After(wall)
			}
			requireInstant(t, want, resolveWall(wall, c.zone), c.String(), wall)
		}
	}
}

func TestEveryGapEndsAtItsChangeAndEveryRepeatedTimeMeansTheFirst(t *testing.T) {
	gaps := 0
	for _, c := range allChanges(t) {
		last := c.at.Add(-time.Second)
		lastWall := wallOf(last, c.zone)
		requireInstant(t, last, resolveWall(lastWall, c.zone), c.String())
		if c.gap() {
			gaps++
			for _, into := range []time.Duration{time.Second, c.shift() / 2, c.shift()} {
				requireInstant(t, c.at, resolveWall(lastWall.Add(into), c.zone), c.String(), into)
			}
			continue
		}
		for _, into := range []time.Duration{0, c.shift() / 2, c.shift() - time.Second} {
			second := c.at.Add(into)
			requireInstant(t, second.Add(-c.shift()), resolveWall(wallOf(second, c.zone), c.zone), c.String(), into)
		}
		requireInstant(t, c.at.Add(c.shift()), resolveWall(wallOf(c.at.Add(c.shift()), c.zone), c.zone), c.String())
	}
	require.Positive(t, gaps)
}

func TestALaterWallClockTimeNeverResolvesToAnEarlierInstant(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n := near(changes).Draw(t, "near")
		wall := wallOf(n.instant, n.zone).Truncate(time.Second)
		later := wall.Add(time.Duration(rapid.IntRange(0, 200_000).Draw(t, "seconds")) * time.Second)
		require.False(t, resolveWall(later, n.zone).Before(resolveWall(wall, n.zone)))
	})
}

func TestWhereNoClockChangesResolveIsDate(t *testing.T) {
	zone := zoneOf(t, "Asia/Kolkata")
	rapid.Check(t, func(t *rapid.T) {
		year, day := rapid.IntRange(2017, 2030).Draw(t, "year"), rapid.IntRange(-400, 400).Draw(t, "day")
		minute := rapid.IntRange(-100_000, 100_000).Draw(t, "minute")
		requireInstant(t, time.Date(year, time.March, day, 10, minute, 7, 0, zone), Resolve(year, time.March, day, 10, minute, 7, zone))
	})
}

func TestADayIsTwentyFourHoursAcrossEveryChange(t *testing.T) {
	day, err := ParseInterval("P1D")
	require.NoError(t, err)
	for _, c := range allChanges(t) {
		start := c.at.Add(-12 * time.Hour)
		end := start.Add(day)
		require.Equal(t, 24*time.Hour, end.Sub(start))
		moved := wallOf(end, c.zone).Sub(wallOf(start, c.zone)) - 24*time.Hour
		require.Equal(t, c.shift(), moved.Abs(), c.String())
	}
}
