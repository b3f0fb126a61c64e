package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestStretchesAreCutAtTheChangesOfTheClocks(t *testing.T) {
	tests := map[string]struct {
		zone, from, to string
		want           []string
	}{
		"no change":       {"Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", []string{"2026-01-01T00:00:00Z +5h45m0s"}},
		"forward":         {"America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-05T02:00:00Z", []string{"2018-11-03T03:00:00Z -3h0m0s", "2018-11-04T03:00:00Z -2h0m0s"}},
		"half an hour":    {"Australia/Lord_Howe", "2026-04-01T00:00:00Z", "2026-04-10T00:00:00Z", []string{"2026-04-01T00:00:00Z +11h0m0s", "2026-04-04T15:00:00Z +10h30m0s"}},
		"a date left out": {"Pacific/Apia", "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z", []string{"2011-12-29T10:00:00Z -10h0m0s", "2011-12-30T10:00:00Z +14h0m0s"}},
		"begins at one":   {"America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", []string{"2018-11-04T03:00:00Z -2h0m0s"}},
		"nothing":         {"UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", nil},
		"backward":        {"UTC", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, stretch := range Stretches(instant(t, test.from), instant(t, test.to), zoneOf(t, test.zone)) {
				sign := ""
				if stretch.Offset >= 0 {
					sign = "+"
				}
				got = append(got, stretch.From.Format(time.RFC3339)+" "+sign+stretch.Offset.String())
			}
			require.Equal(t, test.want, got)
		})
	}
}

// The parts leave nothing out and do not overlap, and within each the local time is the instant plus the offset.
func TestStretchesAreTheWholeTime(t *testing.T) {
	changes := allChanges(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(changes).Draw(t, "change")
		from := c.at.Add(-time.Duration(rapid.Int64Range(0, int64(400*24*time.Hour)).Draw(t, "before")))
		to := c.at.Add(time.Duration(rapid.Int64Range(0, int64(400*24*time.Hour)).Draw(t, "after")))
		next := from
		for _, stretch := range Stretches(from, to, c.zone) {
			require.True(t, stretch.From.Equal(next))
			require.True(t, stretch.From.Before(stretch.To))
			inside := stretch.From.Add(time.Duration(rapid.Int64Range(0, int64(stretch.To.Sub(stretch.From))-1).Draw(t, "inside")))
			_, offset := inside.In(c.zone).Zone()
			require.Equal(t, stretch.Offset, time.Duration(offset)*time.Second)
			next = stretch.To
		}
		require.True(t, next.Equal(to) || from.Equal(to))
	})
}

// Numbers are kept by the quarter of an hour (domain.md section 8), so that any local day is a sum of quarters.
func TestClocksOfOurTimeChangeAtWholeQuarters(t *testing.T) {
	for _, c := range allChanges(t) {
		require.Zero(t, c.before%900, "%s", c)
		require.Zero(t, c.after%900, "%s", c)
		require.Zero(t, c.at.Unix()%900, "%s", c)
	}
}
