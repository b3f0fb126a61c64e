package calendar

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// hoursBetween draws valid hours whose openings lie between two clock times, in minutes of the day.
func hoursBetween(earliest, latest int) *rapid.Generator[*Hours] {
	return rapid.Custom(func(t *rapid.T) *Hours {
		from := rapid.IntRange(earliest, latest-1).Draw(t, "from")
		to := rapid.IntRange(from+1, latest).Draw(t, "to")
		hours := &Hours{
			Weekdays: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}), 0, 7, rapid.ID).Draw(t, "weekdays"),
			From:     ClockTime{Hour: from / 60, Minute: from % 60}.String(),
			To:       ClockTime{Hour: to / 60, Minute: to % 60}.String(), // 1440 is "24:00"
			National: rapid.SampledFrom([]string{"", "br"}).Draw(t, "national"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "holidays") {
			date := time.Date(2017, time.January, 1+rapid.IntRange(0, 14*365).Draw(t, "holiday"), 0, 0, 0, 0, time.UTC)
			hours.Holidays = append(hours.Holidays, date.Format(rapid.SampledFrom([]string{time.DateOnly, yearlyDate}).Draw(t, "form")))
		}
		return hours
	})
}

func TestAnOpeningIsOpenAndNeverInThePast(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, hours := near(changes).Draw(t, "near"), hoursBetween(0, 24*60).Draw(t, "hours")
		require.NoError(t, hours.Validate("hours"))
		next, found := hours.NextOpening(n.instant, n.zone)
		require.True(t, found)
		require.False(t, next.Before(n.instant), "never earlier than asked")
		require.True(t, hours.Open(next, n.zone), "open at the result")
		again, found := hours.NextOpening(next, n.zone)
		require.True(t, found)
		requireInstant(t, next, again, "idempotent")
		if next.After(n.instant) {
			between := time.Duration(rapid.Int64Range(0, int64(next.Sub(n.instant))-1).Draw(t, "between"))
			require.False(t, hours.Open(n.instant.Add(between), n.zone), "no opening is passed over")
		}
	})
}

func TestALaterInstantNeverHasAnEarlierOpening(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, hours := near(changes).Draw(t, "near"), hoursBetween(0, 24*60).Draw(t, "hours")
		later := n.instant.Add(time.Duration(rapid.Int64Range(0, int64(72*time.Hour)).Draw(t, "later")))
		first, _ := hours.NextOpening(n.instant, n.zone)
		second, _ := hours.NextOpening(later, n.zone)
		require.False(t, second.Before(first))
		require.False(t, AfterLate(later, hours, n.zone).Before(AfterLate(n.instant, hours, n.zone)))
	})
}

// The clocks of these zones change between 22:00 and 5:00; by day, hours are open exactly when the wall clock and the date say so.
func TestByDayOpenIsWhatTheWallClockSays(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, hours := near(changes).Draw(t, "near"), hoursBetween(5*60, 22*60).Draw(t, "hours")
		wall := wallOf(n.instant, n.zone)
		clock := wall.Format("15:04")
		name := [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[wall.Weekday()]
		want := hours.From <= clock && clock < hours.To &&
			(len(hours.Weekdays) == 0 || slices.Contains(hours.Weekdays, name)) &&
			!slices.Contains(hours.Holidays, wall.Format(time.DateOnly)) &&
			!slices.Contains(hours.Holidays, wall.Format("01-02")) &&
			(hours.National == "" || !slices.Contains(brazilianOf(wall.Year()), wall.Format(time.DateOnly)))
		require.Equal(t, want, hours.Open(n.instant, n.zone), "%+v at %s", hours, wall)
	})
}

func TestAfterLateIsByDayAndOpen(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n, hours := near(changes).Draw(t, "near"), hoursBetween(0, 24*60).Draw(t, "hours")
		got := AfterLate(n.instant, hours, n.zone)
		require.False(t, got.Before(n.instant))
		require.True(t, hours.Open(got, n.zone))
		if hours.To > "08:00" && hours.From < "20:00" {
			require.GreaterOrEqual(t, wallOf(got, n.zone).Hour(), 8)
			require.Less(t, wallOf(got, n.zone).Hour(), 20)
		}
		requireInstant(t, got, AfterLate(got, hours, n.zone), "idempotent")
	})
}

func TestPeriodsBeginInTheirOwnDay(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		n := near(changes).Draw(t, "near")
		day, week, month := StartOfDay(n.instant, n.zone), StartOfWeek(n.instant, n.zone), StartOfMonth(n.instant, n.zone)
		wall := wallOf(n.instant, n.zone)
		require.False(t, day.After(n.instant))
		require.Equal(t, wall.Format(time.DateOnly), wallOf(day, n.zone).Format(time.DateOnly))
		require.Less(t, wallOf(day.Add(-time.Nanosecond), n.zone).Format(time.DateOnly), wall.Format(time.DateOnly))
		require.Equal(t, time.Monday, wallOf(week, n.zone).Weekday())
		require.False(t, week.After(day))
		require.Less(t, n.instant.Sub(week), 7*24*time.Hour+2*time.Hour)
		require.Equal(t, wall.Format("2006-01")+"-01", wallOf(month, n.zone).Format(time.DateOnly))
		for _, start := range []time.Time{day, week, month} {
			requireInstant(t, start, StartOfDay(start, n.zone), "a period begins where a day begins")
		}
	})
}
