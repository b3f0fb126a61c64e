package store

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

func TestChecksThatLetAMessageThroughShareALine(t *testing.T) {
	at := time.Date(2026, 11, 22, 18, 12, 55, 287339018, time.UTC)
	entries := []chat.LogEntry{
		{At: at, Check: "best_before", Verdict: "go"},
		{At: at, Check: "opt_out", Verdict: "go", Values: map[string]any{"optOut": ""}},
		{At: at, Check: "reach", Verdict: "go"},
		{At: at.Add(time.Second), Check: "provider", Verdict: "accepted", Values: map[string]any{"ms": 1}},
	}
	lines, err := logLines(entries)
	require.NoError(t, err)
	require.Equal(t, `{"at":"2026-11-22T18:12:55.287339018Z","go":["best_before",{"opt_out":{"optOut":""}},"reach"]}
{"at":"2026-11-22T18:12:56.287339018Z","check":"provider","verdict":"accepted","values":{"ms":1}}
`, lines)
}

// Logs are appended to in SQL, and older ones have a line for each entry: whatever is written in whatever pieces is read as it was.
func TestALogIsReadAsItWasWritten(t *testing.T) {
	verdict := rapid.SampledFrom([]string{"go", "go", "go", "later", "drop"})
	value := rapid.OneOf(rapid.Just[any](nil), rapid.Just[any](true), rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.IntRange(-1e6, 1e6), func(n int) any { return float64(n) }))
	entry := rapid.Custom(func(t *rapid.T) chat.LogEntry {
		made := chat.LogEntry{
			At: time.Unix(rapid.Int64Range(1, 3).Draw(t, "at"), 5).UTC(), Check: rapid.StringMatching(`[a-z_"\\é<]{0,8}`).Draw(t, "check"),
			Verdict: verdict.Draw(t, "verdict"), Reason: rapid.SampledFrom([]string{"", "", "não é a hora\n"}).Draw(t, "reason"),
		}
		if values := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,3}`), value, 0, 2).Draw(t, "values"); len(values) > 0 {
			made.Values = values
		}
		return made
	})
	rapid.Check(t, func(t *rapid.T) {
		wanted := rapid.SliceOf(entry).Draw(t, "entries")
		cut := rapid.IntRange(0, len(wanted)).Draw(t, "cut")
		first, err := logLines(wanted[:cut])
		require.NoError(t, err)
		second, err := logLines(wanted[cut:])
		require.NoError(t, err)
		var alone strings.Builder
		for _, one := range wanted {
			line, err := encoded(one)
			require.NoError(t, err)
			alone.WriteString(line + "\n")
		}
		read, err := readLog(first + second)
		require.NoError(t, err)
		older, err := readLog(alone.String())
		require.NoError(t, err)
		require.Equal(t, older, read)
		require.Len(t, read, len(wanted))
	})
}

func TestOnlyANULIsTakenOutOfJSON(t *testing.T) {
	for raw, wanted := range map[string]string{
		`{"a":"b"}`: `{"a":"b"}`, `{"a":"x\u0000y"}`: `{"a":"xy"}`, `{"a":"x\\u0000"}`: `{"a":"x\\u0000"}`, `{"a":"\\\u0000\u0000"}`: `{"a":"\\"}`,
	} {
		require.Equal(t, wanted, withoutNUL(raw))
	}
}
