package web

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// FuzzRef reads any text as a reference in a body: whatever is accepted names one record and nothing else.
func FuzzRef(f *testing.F) {
	for _, seed := range []string{`1`, `"1"`, `"01890000-0000-7000-8000-000000000000"`, `-1`, `1.0`, `null`, `{}`, `" 7 "`, `9223372036854775808`, `"x"`, `1e3`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		ref, understood := chat.RefFromJSON(json.RawMessage(raw))
		if !understood {
			require.True(t, ref.IsZero())
			return
		}
		require.NotEqual(t, ref.ID == "", ref.Number == 0)
		again, ok := chat.ParseRef(ref.String())
		require.True(t, ok)
		require.Equal(t, ref, again)
	})
}
