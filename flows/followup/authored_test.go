package followup_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/fault"
	"retoma/nodes"
)

// authored is a document of any of the formats.
type authored interface {
	Validate() error
	Definition() flows.Definition
	AuthorPath(definitionPath string) string
}

// check does what is done before a document is saved: read it, validate it, compile it.
func check[D authored](parse func([]byte) (D, error), body []byte) (D, error) {
	document, err := parse(body)
	if err != nil {
		return document, err
	}
	if err := document.Validate(); err != nil {
		return document, err
	}
	_, err = flows.Compile(document.Definition(), flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
	for _, problem := range flows.AsProblems(err) {
		problem.Field = document.AuthorPath(problem.Field)
	}
	return document, err
}

// compareGoldens compares testdata/FORMAT/NAME.json with NAME.flow.json.
func compareGoldens[D authored](t *testing.T, format string, least int, parse func([]byte) (D, error)) {
	files, err := filepath.Glob("testdata/" + format + "/*.flow.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), least)
	for _, golden := range files {
		source := strings.TrimSuffix(golden, ".flow.json") + ".json"
		t.Run(filepath.Base(source), func(t *testing.T) {
			document, err := check(parse, read(t, source))
			require.NoError(t, err)
			encoded, err := json.Marshal(document.Definition())
			require.NoError(t, err)
			require.JSONEq(t, string(read(t, golden)), string(encoded))
		})
	}
}

// compareProblems walks a truth file of documents and what is wrong with them.
func compareProblems[D authored](t *testing.T, path string, parse func([]byte) (D, error)) {
	var cases []struct {
		Name     string          `json:"name"`
		Body     json.RawMessage `json:"body"`
		Problems []string        `json:"problems"`
	}
	require.NoError(t, flows.DecodeStrict("", read(t, path), &cases))
	for _, truth := range cases {
		t.Run(truth.Name, func(t *testing.T) {
			_, err := check(parse, truth.Body)
			said := []string{}
			for _, problem := range flows.AsProblems(err) {
				text := problem.Field + ": " + problem.Message
				if len(said) == 0 || said[len(said)-1] != text {
					said = append(said, text)
				}
			}
			require.Equal(t, truth.Problems, said)
		})
	}
}

// sound demands what holds for every body: no panic, mistakes that are the author's, and a document that reads the same
// once it was written.
func sound[D authored](t *testing.T, parse func([]byte) (D, error), body []byte) {
	document, err := check(parse, body)
	if err != nil {
		var problems flows.Problems
		require.ErrorAs(t, err, &problems)
		for _, problem := range problems {
			require.Equal(t, fault.Invalid, problem.Code)
			require.NotEmpty(t, problem.Field)
			require.NotContains(t, problem.Field, "nodes[", "an author knows no nodes: %s", body)
		}
		return
	}
	encoded, err := json.Marshal(document)
	require.NoError(t, err)
	again, err := parse(encoded)
	require.NoError(t, err, "what we write we can read")
	first, err := json.Marshal(document.Definition())
	require.NoError(t, err)
	second, err := json.Marshal(again.Definition())
	require.NoError(t, err)
	require.JSONEq(t, string(first), string(second))
}
