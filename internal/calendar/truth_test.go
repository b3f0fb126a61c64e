package calendar

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// truth reads a table of cases from testdata.
func truth[T any](t *testing.T, file string) []T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	var cases []T
	require.NoError(t, json.Unmarshal(text, &cases))
	require.NotEmpty(t, cases)
	return cases
}

func zoneOf(t require.TestingT, name string) *time.Location {
	zone, err := Zone(name)
	require.NoError(t, err)
	return zone
}

func instant(t require.TestingT, text string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return parsed
}

// requireInstant compares instants, and shows them with their offset where they differ.
func requireInstant(t require.TestingT, want, got time.Time, why ...any) {
	if !want.Equal(got) {
		require.Equal(t, want.Format(time.RFC3339Nano), got.Format(time.RFC3339Nano), why...)
	}
}
