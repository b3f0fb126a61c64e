package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPeriodsBeginAtTheFirstInstantOfTheirLocalDay(t *testing.T) {
	type example struct{ Why, Zone, At, Day, Week, Month string }
	for _, c := range truth[example](t, "periods.json") {
		t.Run(c.Why, func(t *testing.T) {
			zone, at := zoneOf(t, c.Zone), instant(t, c.At)
			require.Equal(t, c.Day, StartOfDay(at, zone).Format(time.RFC3339))
			require.Equal(t, c.Week, StartOfWeek(at, zone).Format(time.RFC3339))
			require.Equal(t, c.Month, StartOfMonth(at, zone).Format(time.RFC3339))
		})
	}
}
