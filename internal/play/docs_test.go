package play_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/play"
)

// TestEveryExampleOfTheDocumentsPassesCheck walks the JSON of docs/flows.md; a node alone is checked in a flow of its own.
func TestEveryExampleOfTheDocumentsPassesCheck(t *testing.T) {
	text, err := os.ReadFile("../../docs/flows.md")
	require.NoError(t, err)
	checked := 0
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		decoder := json.NewDecoder(strings.NewReader(block[1]))
		for {
			var example json.RawMessage
			err := decoder.Decode(&example)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, block[1])
			var out bytes.Buffer
			require.NoError(t, play.Check(bytes.NewReader(whole(t, example)), &out), "%s\n%s", example, &out)
			checked++
		}
	}
	require.Greater(t, checked, 20)
}

// whole puts a node between a trigger and the ends that its exits lead to; anything else is whole already.
func whole(t *testing.T, example []byte) []byte {
	var node flows.NodeDefinition
	require.NoError(t, json.Unmarshal(example, &node))
	if node.Type == "" {
		return example
	}
	around := flows.Definition{Name: "a", Nodes: []flows.NodeDefinition{node}}
	if node.Type != "trigger" {
		start := flows.NodeDefinition{ID: "start", Type: "trigger", With: json.RawMessage(`{"event": "enrol"}`), Next: node.ID}
		around.Nodes = []flows.NodeDefinition{start, node}
	}
	ends := map[string]bool{"": true}
	for _, target := range append([]string{node.Next}, targets(node)...) {
		if !ends[target] {
			ends[target] = true
			around.Nodes = append(around.Nodes, flows.NodeDefinition{ID: target, Type: "end"})
		}
	}
	body, err := json.Marshal(around)
	require.NoError(t, err)
	return body
}

func targets(node flows.NodeDefinition) []string {
	var found []string
	for _, target := range node.Exits {
		found = append(found, target)
	}
	return found
}
