package chat_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

const someID = "0197f3a2-5c00-7a1b-8c2d-1234567890ab"

func TestParseRef(t *testing.T) {
	for text, want := range map[string]chat.Ref{
		"1":                        {Number: 1},
		" 42\n":                    {Number: 42},
		"007":                      {Number: 7},
		"9223372036854775807":      {Number: 9223372036854775807},
		someID:                     {ID: someID},
		strings.ToUpper(someID):    {ID: someID},
		"\t" + someID + " ":        {ID: someID},
		"0":                        {},
		"-1":                       {},
		"1.0":                      {},
		"1e3":                      {},
		"0x10":                     {},
		"1_000":                    {},
		"9223372036854775808":      {},
		"":                         {},
		"modelo":                   {},
		"{" + someID + "}":         {},
		someID[:35]:                {},
		"١":                        {},
		"1 2":                      {},
		someID + "," + someID:      {},
		strings.Repeat("1", 1_000): {},
	} {
		ref, ok := chat.ParseRef(text)
		require.Equal(t, want, ref, text)
		require.Equal(t, !want.IsZero(), ok, text)
	}
}

func TestRefFromJSON(t *testing.T) {
	for raw, want := range map[string]chat.Ref{
		`7`:                  {Number: 7},
		`"7"`:                {Number: 7},
		`"` + someID + `"`:   {ID: someID},
		`null`:               {},
		`true`:               {},
		`7.5`:                {},
		`-7`:                 {},
		`""`:                 {},
		`[7]`:                {},
		`{"id": 7}`:          {},
		``:                   {},
		`"\u0037"`:           {Number: 7},
		`"` + someID + ` x"`: {},
	} {
		ref, ok := chat.RefFromJSON(json.RawMessage(raw))
		require.Equal(t, want, ref, raw)
		require.Equal(t, !want.IsZero(), ok, raw)
	}
}

func FuzzParseRef(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "007", " 7 ", "+7", "-7", someID, strings.ToUpper(someID), `"7"`, "null", "9223372036854775808", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, ok := chat.ParseRef(text)
		require.Equal(t, ok, !ref.IsZero())
		if !ok {
			return
		}
		require.NotEqual(t, ref.ID == "", ref.Number == 0, "an id or a number")
		require.GreaterOrEqual(t, ref.Number, int64(0))
		again, ok := chat.ParseRef(ref.String())
		require.True(t, ok)
		require.Equal(t, ref, again)
		quoted, err := json.Marshal(ref.String())
		require.NoError(t, err)
		again, ok = chat.RefFromJSON(quoted)
		require.True(t, ok)
		require.Equal(t, ref, again)
	})
}
