package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNextOpeningIsNowOrTheStartOfTheNextOpening(t *testing.T) {
	type example struct {
		Why, Zone, At, Want string
		Hours               *Hours
	}
	for _, c := range truth[example](t, "next_opening.json") {
		t.Run(c.Why, func(t *testing.T) {
			require.NoError(t, c.Hours.Validate("hours"))
			zone, at := zoneOf(t, c.Zone), instant(t, c.At)
			got, found := c.Hours.NextOpening(at, zone)
			require.True(t, found)
			require.Equal(t, c.Want, got.In(zone).Format(time.RFC3339Nano))
			require.Equal(t, got.Equal(at), c.Hours.Open(at, zone))
		})
	}
}

func TestHoursThatNeverOpenHaveNoNextOpening(t *testing.T) {
	now := instant(t, "2026-11-18T12:00:00Z")
	for why, hours := range map[string]*Hours{
		"every date is a holiday":               {Holidays: everyDate()},
		"broken clock time":                     {From: "8", To: "20:00"},
		"broken weekday":                        {Weekdays: []string{"monday"}},
		"an opening, but further than 370 days": {Holidays: datesAfter(now, 371)},
	} {
		got, found := hours.NextOpening(now, time.UTC)
		require.False(t, found, why)
		require.Zero(t, got, why)
		require.False(t, hours.Open(now, time.UTC), why)
	}
	got, found := (&Hours{Holidays: datesAfter(now, 370)}).NextOpening(now, time.UTC)
	require.True(t, found, "an opening on the 370th day")
	require.Equal(t, "2027-11-23T00:00:00Z", got.Format(time.RFC3339))
}

func TestNilHoursAreAlwaysOpen(t *testing.T) {
	var hours *Hours
	now := instant(t, "2026-12-25T03:00:00Z")
	got, found := hours.NextOpening(now, time.UTC)
	require.True(t, found)
	require.Equal(t, now, got)
	require.True(t, hours.Open(now, time.UTC))
	require.True(t, hours.IsZero())
	require.NoError(t, hours.Validate("sendingHours"))
}

func TestAfterLateMovesIntoTheDayAndTheHours(t *testing.T) {
	type example struct {
		Why, Zone, Now, Want string
		Hours                *Hours
	}
	for _, c := range truth[example](t, "after_late.json") {
		t.Run(c.Why, func(t *testing.T) {
			require.NoError(t, c.Hours.Validate("hours"))
			zone := zoneOf(t, c.Zone)
			got := AfterLate(instant(t, c.Now), c.Hours, zone)
			require.Equal(t, c.Want, got.In(zone).Format(time.RFC3339Nano))
		})
	}
}

func TestHoursWithoutAnOpeningLeaveTheDayToLateMessages(t *testing.T) {
	for why, hours := range map[string]*Hours{
		"broken":                  {From: "nine", To: "18:00"},
		"closed on every date":    {Holidays: everyDate()},
		"closed, and night hours": {From: "20:00", To: "23:00", Holidays: everyDate()},
	} {
		got := AfterLate(instant(t, "2026-11-18T03:00:00Z"), hours, time.UTC)
		require.Equal(t, "2026-11-18T08:00:00Z", got.Format(time.RFC3339), why)
	}
}

// everyDate lists all 366 dates as yearly holidays.
func everyDate() []string {
	var dates []string
	for day := range 366 {
		dates = append(dates, time.Date(2024, time.January, 1+day, 0, 0, 0, 0, time.UTC).Format(yearlyDate))
	}
	return dates
}

// datesAfter lists so many dates from t's own on.
func datesAfter(t time.Time, count int) []string {
	var dates []string
	for day := range count {
		dates = append(dates, t.AddDate(0, 0, day).Format(time.DateOnly))
	}
	return dates
}
