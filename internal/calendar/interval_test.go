package calendar

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestIntervalsAreElapsedTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT30M": 30 * time.Minute, "PT2H": 2 * time.Hour, "P1DT12H": 36 * time.Hour, "P1D": 24 * time.Hour, // assistant-followup.md
		"P1W": 168 * time.Hour, "P1W1DT1H1M1S": 193*time.Hour + 61*time.Second, "P0DT5M": 5 * time.Minute, "PT90M": 90 * time.Minute,
		"P01D": 24 * time.Hour, "PT86400S": 24 * time.Hour, "P400D": 9600 * time.Hour, "PT36H": 36 * time.Hour,
		"PT1.5H": 90 * time.Minute, "PT1,5H": 90 * time.Minute, "P0.5D": 12 * time.Hour, "P0.25W": 42 * time.Hour, "P1DT0.5S": 24*time.Hour + 500*time.Millisecond,
		"PT0.000000001S": 1, "PT0.000000001H": 3600, "PT9223372036.854775807S": math.MaxInt64,
	} {
		got, err := ParseInterval(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
}

func TestRefusedIntervalsSayWhy(t *testing.T) {
	const (
		negative = "negativo"
		calendar = "anos e meses"
		empty    = "falta a quantidade"
		zero     = "maior que zero"
		tooLong  = "longo demais"
		noISO    = "não é uma duração ISO 8601"
	)
	for text, want := range map[string]string{
		"": noISO, " ": noISO, "30M": noISO, "p1d": noISO, "P1d": noISO, "1 day": noISO, "P 1D": noISO, " P1D": noISO, "P1D ": noISO, "T1H": noISO, "-": noISO,
		"P": empty, "PT": empty, "P1DT": empty, "P1WT": empty, "-P1D": negative, "P-1D": negative, "PT-5M": negative, "-PT0S": negative,
		"P1Y": calendar, "P1M": calendar, "P1Y1D": calendar, "P1MT1M": calendar, "P0M": calendar, "P1Y2M3DT4H": calendar,
		"P0D": zero, "PT0S": zero, "P0W0DT0H0M0S": zero, "PT0.0S": zero,
		"P999999999999D": tooLong, "PT9223372036.854775808S": tooLong, "P15251W": tooLong, "P99999999999999999999999999999D": tooLong, "P106751DT23H48M": tooLong, "P18446744073709551617D": tooLong,
		"P1": noISO, "PD": noISO, "PTM": noISO, "P1H": noISO, "PT1D": noISO, "PT1W": noISO, "P1D1D": noISO, "P1D1W": noISO, "PT1M1H": noISO, "PT1S1M": noISO, "PP1D": noISO,
		"P1DT1HT1M": noISO, "P+1D": noISO, "P1.D": noISO, "P.5D": noISO, "P1.5DT1H": noISO, "PT1.5H1M": noISO, "P1..5D": noISO, "PT1.0000000001S": noISO, "P1e3D": noISO,
		"P١D": noISO, "P1D\n": noISO, "P1D\x00": noISO,
	} {
		got, err := ParseInterval(text)
		require.True(t, fault.Is(err, fault.Invalid), "%q: %v", text, err)
		require.Zero(t, got)
		require.Empty(t, fault.Of(err).Field)
		require.Contains(t, fault.Of(err).Message, want, "%q", text)
	}
}

func TestADayOfElapsedTimeIgnoresTheClocks(t *testing.T) {
	day, err := ParseInterval("P1D")
	require.NoError(t, err)
	before := instant(t, "2026-03-07T10:00:00-05:00")
	require.Equal(t, "2026-03-08T11:00:00-04:00", before.Add(day).In(zoneOf(t, "America/New_York")).Format(time.RFC3339))
}
