package calendar

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sosodev/duration"
	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func FuzzParseInterval(f *testing.F) {
	for _, seed := range []string{"PT30M", "P1DT12H", "P1W", "PT1.5H", "PT1,5H", "P1Y", "P1M", "P", "PT", "P1DT", "-P1D", "P0D", "P999999999999D", "P1D1D", "P0.000000001W"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^P(\d+([.,]\d+)?W)?(\d+([.,]\d+)?D)?(T(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?$`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseInterval(text)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			require.Zero(t, got)
			return
		}
		require.Positive(t, got)
		require.Regexp(t, form, text)
		// Another reader, with floating point, comes to the same length.
		other, err := duration.Parse(strings.ReplaceAll(text, ",", "."))
		require.NoError(t, err)
		seconds := ((other.Weeks*7+other.Days)*24+other.Hours)*3600 + other.Minutes*60 + other.Seconds
		require.InDelta(t, seconds, got.Seconds(), 1e-9*seconds+1e-8)
	})
}

func FuzzParseClockTime(f *testing.F) {
	for _, seed := range []string{"00:00", "10:00", "23:59", "24:00", "9:00", "10:60", "1a:00", ""} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseClockTime(text)
		require.Equal(t, form.MatchString(text), err == nil, "%q", text)
		if err == nil {
			require.Equal(t, text, got.String())
		}
	})
}

func FuzzZone(f *testing.F) {
	for _, seed := range []string{"America/Sao_Paulo", "UTC", "Local", "", "../x", "posix/UTC", "right/UTC", "Etc/GMT+3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		zone, err := Zone(name)
		require.Equal(t, err == nil, zone != nil)
		if err != nil {
			require.Equal(t, "timezone", fault.Of(err).Field)
			return
		}
		require.Equal(t, name, zone.String())
		require.NotEqual(t, "Local", zone.String())
	})
}

func FuzzHours(f *testing.F) {
	f.Add(`{"weekdays":["mon","tue"],"from":"08:00","to":"20:00","holidays":["2026-11-20","12-25"],"national":"br"}`, int64(1_795_000_000))
	f.Add(`{"from":"00:00","to":"24:00"}`, int64(1_508_032_800))
	f.Add(`{"weekdays":["sun"],"from":"00:00","to":"00:30"}`, int64(1_508_032_800))
	f.Add(`{"from":"20:00","to":"08:00"}`, int64(0))
	f.Add(`{"holidays":["02-29","2027-02-29"]}`, int64(1_835_000_000))
	f.Add(`{}`, int64(-1))
	zone := zoneOf(f, "America/Sao_Paulo")
	f.Fuzz(func(t *testing.T, document string, second int64) {
		var hours Hours
		if json.Unmarshal([]byte(document), &hours) != nil {
			return
		}
		at := time.Unix(second%4_000_000_000, 0)
		next, found := hours.NextOpening(at, zone)
		require.False(t, AfterLate(at, &hours, zone).Before(at))
		if err := hours.Validate("sendingHours"); err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			require.Regexp(t, `^sendingHours\.(weekdays|from|to|holidays|national)(\[\d+\])?$`, fault.Of(err).Field)
			require.False(t, found, "broken hours never open")
			return
		}
		if found {
			require.False(t, next.Before(at))
			require.True(t, hours.Open(next, zone))
		}
		text, err := json.Marshal(&hours)
		require.NoError(t, err)
		var back Hours
		require.NoError(t, json.Unmarshal(text, &back))
		require.NoError(t, back.Validate("sendingHours"))
		again, foundAgain := back.NextOpening(at, zone)
		require.Equal(t, found, foundAgain)
		requireInstant(t, next, again)
	})
}
