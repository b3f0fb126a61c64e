package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// change is one DST change: the first instant with the new offset, and both offsets in seconds east of UTC.
type change struct {
	zone          *time.Location
	at            time.Time
	before, after int
}

func (c change) gap() bool { return c.after > c.before }

// shift is how much wall-clock time is skipped or repeated.
func (c change) shift() time.Duration {
	return max(time.Duration(c.after-c.before), time.Duration(c.before-c.after)) * time.Second
}

// String keeps failing examples readable.
func (c change) String() string { return c.zone.String() + " " + c.at.UTC().Format(time.RFC3339) }

// changesBefore2026 are the zones under test with how many changes they made from 2017 to 2025, which no later law can
// alter. Those of the second line have habits of their own: two hours at once, half-hour offsets, midnights, one change alone.
func changesBefore2026() map[string]int {
	return map[string]int{
		"America/Sao_Paulo": 5, "America/New_York": 18, "America/Santiago": 18, "Europe/Lisbon": 18, "Africa/Cairo": 6, "Australia/Lord_Howe": 18, "Asia/Kolkata": 0,
		"Antarctica/Troll": 18, "America/St_Johns": 18, "Asia/Beirut": 18, "Asia/Tehran": 12, "Africa/Juba": 1, "Africa/Sao_Tome": 2,
	}
}

// changesOf finds the changes of 2017 to 2030 hour by hour and then halves the hour; it asks nothing but the offset at an instant.
func changesOf(zone *time.Location) []change {
	offsetAt := func(second int64) int {
		_, offset := time.Unix(second, 0).In(zone).Zone()
		return offset
	}
	var found []change
	end := time.Date(2031, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	for second := time.Date(2017, time.January, 1, 0, 0, 0, 0, time.UTC).Unix(); second < end; second += 3600 {
		before, after := second, second+3600
		if offsetAt(before) == offsetAt(after) {
			continue
		}
		for after-before > 1 {
			if middle := (before + after) / 2; offsetAt(middle) == offsetAt(second) {
				before = middle
			} else {
				after = middle
			}
		}
		found = append(found, change{zone: zone, at: time.Unix(after, 0).In(zone), before: offsetAt(before), after: offsetAt(after)})
	}
	return found
}

func allChanges(t require.TestingT) []change {
	var all []change
	for name := range changesBefore2026() {
		all = append(all, changesOf(zoneOf(t, name))...)
	}
	return all
}

func TestTheChangesUnderTestAreReal(t *testing.T) {
	for name, want := range changesBefore2026() {
		count := 0
		for _, c := range changesOf(zoneOf(t, name)) {
			if c.at.Year() < 2026 {
				count++
			}
		}
		require.Equal(t, want, count, name)
	}
}

// near draws a change, and an instant up to three days before or after it, often exactly at it or a nanosecond beside.
func near(changes []change) *rapid.Generator[nearChange] {
	return rapid.Custom(func(t *rapid.T) nearChange {
		c := rapid.SampledFrom(changes).Draw(t, "change")
		distance := rapid.OneOf(
			rapid.Int64Range(-int64(72*time.Hour), int64(72*time.Hour)),
			rapid.Int64Range(-1, 1),
			rapid.Map(rapid.Int64Range(-240, 240), func(minutes int64) int64 { return minutes * int64(time.Minute) }),
		).Draw(t, "distance")
		return nearChange{change: c, instant: c.at.Add(time.Duration(distance))}
	})
}

type nearChange struct {
	change
	instant time.Time
}

// wallOf is what the wall clock shows at an instant, written as UTC so that it can be compared and added to.
func wallOf(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
