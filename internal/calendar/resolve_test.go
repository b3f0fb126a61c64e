package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestResolveGivesTheInstantOfALocalTime(t *testing.T) {
	type example struct{ Why, Zone, Wall, Want string }
	for _, c := range truth[example](t, "resolve.json") {
		t.Run(c.Why, func(t *testing.T) {
			wall, err := time.Parse("2006-01-02 15:04", c.Wall)
			require.NoError(t, err)
			zone := zoneOf(t, c.Zone)
			got := resolveWall(wall, zone)
			require.Equal(t, c.Want, got.Format(time.RFC3339))
			require.Equal(t, zone, got.Location())
		})
	}
}

func TestResolveCarriesOverflowOnTheWallClock(t *testing.T) {
	zone := zoneOf(t, "America/New_York")
	for _, c := range []struct {
		why  string
		got  time.Time
		want string
	}{
		{"day 32", Resolve(2026, time.January, 32, 10, 0, 0, zone), "2026-02-01T10:00:00-05:00"},
		{"day 0", Resolve(2028, time.March, 0, 10, 0, 0, zone), "2028-02-29T10:00:00-05:00"},
		{"29 February of a common year", Resolve(2027, time.February, 29, 10, 0, 0, zone), "2027-03-01T10:00:00-05:00"},
		{"month 13", Resolve(2026, 13, 1, 10, 0, 0, zone), "2027-01-01T10:00:00-05:00"},
		{"minute 7200", Resolve(2026, time.March, 6, 10, 7200, 0, zone), "2026-03-11T10:00:00-04:00"},
		{"minute -1", Resolve(2026, time.March, 8, 3, -1, 0, zone), "2026-03-08T03:00:00-04:00"},
		{"second 59", Resolve(2026, time.March, 8, 1, 59, 59, zone), "2026-03-08T01:59:59-05:00"},
		{"second 60", Resolve(2026, time.March, 8, 1, 59, 60, zone), "2026-03-08T03:00:00-04:00"},
	} {
		require.Equal(t, c.want, c.got.Format(time.RFC3339), c.why)
	}
}

// resolveWall resolves the wall-clock fields of a time, whatever its zone.
func resolveWall(wall time.Time, zone *time.Location) time.Time {
	return Resolve(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), zone)
}
