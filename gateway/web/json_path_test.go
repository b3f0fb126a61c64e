package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestWhereANumberIsThatNobodyCanRead(t *testing.T) {
	for body, path := range map[string]string{
		`1e400`:                             "body",
		`[1, 1e400]`:                        "[1]",
		`{"name": 1e400}`:                   "name",
		`{"a": {}, "name":-1e999 , "b": 1}`: "name",
		`{"a": [1, {"b": [[], 2e308]}]}`:    "a[1].b[1]",
		`{"a": {"a": {"a": 1}}, "b": {"c": 1E+400}}`:        "b.c",
		`{"1e400": "1e400", "b": [true, null, "x", 1e400]}`: "b[3]",
		`{"` + strings.Repeat("n", 300) + `": 1e400}`:       "body",
		`{"a\u0000b": 1e400}`:                               "body",
		`{"": 1e400}`:                                       "body",
	} {
		var into any
		err := fault.Of(DecodeBody([]byte(body), &into))
		require.Equal(t, path, err.Field, body)
		require.Contains(t, err.Message, "número fora dos limites", body)
	}
}

func TestAWholeBodyOfTheWrongKind(t *testing.T) {
	var into struct{ A string }
	require.Equal(t, "JSON com valor do tipo errado", fault.Of(DecodeBody([]byte(`[]`), &into)).Message)
	require.Equal(t, "JSON com valor do tipo errado em A", fault.Of(DecodeBody([]byte(`{"A": 1}`), &into)).Message)
}

func FuzzPathOfAValue(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b": 1e400}]}`), int64(24))
	f.Add([]byte(`]`), int64(0))
	f.Add([]byte(`{"a"`), int64(9))
	f.Fuzz(func(t *testing.T, body []byte, end int64) {
		path := pathAt(body, end)
		require.NotEmpty(t, path)
		require.True(t, isText(path))
		require.LessOrEqual(t, len(path), longestPath)
	})
}
