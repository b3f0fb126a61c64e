package sandbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shape lists every path of a JSON document with the kind of value at its end, such as "entry[].id string".
// Two documents of one shape differ in values only.
func shape(t *testing.T, raw []byte) []string {
	t.Helper()
	var document any
	require.NoError(t, json.Unmarshal(raw, &document))
	var paths []string
	walk("", document, &paths)
	slices.Sort(paths)
	return slices.Compact(paths)
}

func walk(path string, value any, paths *[]string) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			walk(path+"."+key, inner, paths)
		}
	case []any:
		for _, inner := range v {
			walk(path+"[]", inner, paths)
		}
	case string:
		*paths = append(*paths, path+" string")
	case float64:
		*paths = append(*paths, path+" number")
	case bool:
		*paths = append(*paths, path+" bool")
	default:
		*paths = append(*paths, path+" null")
	}
}

// fixtureShape is the shape of a recorded payload without the paths that contain one of the given words.
func fixtureShape(t *testing.T, name string, without ...string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return slices.DeleteFunc(shape(t, raw), func(path string) bool {
		return slices.ContainsFunc(without, func(word string) bool { return strings.Contains(path, word) })
	})
}

// recordedAnswer is an API answer of the fixtures.
type recordedAnswer struct {
	Status int             `json:"http_status"`
	Body   json.RawMessage `json:"body"`
}

func recorded(t *testing.T, name string) recordedAnswer {
	t.Helper()
	var answer recordedAnswer
	readFixture(t, name, &answer)
	return answer
}

// requireRecorded compares a refusal with a recorded one to the letter, but for the trace id.
func requireRecorded(t *testing.T, fixture string, got result) {
	t.Helper()
	want := recorded(t, fixture)
	require.Equal(t, want.Status, got.status, got.raw)
	require.Equal(t, "application/json; charset=UTF-8", got.header.Get("Content-Type"))
	var wanted map[string]any
	require.NoError(t, json.Unmarshal(want.Body, &wanted))
	refused := got.body["error"].(map[string]any)
	require.Len(t, refused["fbtrace_id"], 23)
	refused["fbtrace_id"] = wanted["error"].(map[string]any)["fbtrace_id"]
	require.Equal(t, wanted, got.body)
}
