package flows_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/fault"
	"retoma/nodes"
)

// TestEveryMistakeIsNamedByItsPath reads testdata/problems.json: definitions, and all that is wrong with each.
// "…" at the end of a problem means what it begins with.
func TestEveryMistakeIsNamedByItsPath(t *testing.T) {
	body, err := os.ReadFile("testdata/problems.json")
	require.NoError(t, err)
	var cases []struct {
		Name       string          `json:"name"`
		Definition json.RawMessage `json:"definition"`
		Problems   []string        `json:"problems"`
	}
	require.NoError(t, flows.DecodeStrict("", body, &cases))
	for _, truth := range cases {
		t.Run(truth.Name, func(t *testing.T) {
			definition, err := flows.ParseDefinition(truth.Definition)
			if err == nil {
				_, err = flows.Compile(definition, kinds())
			}
			problems := flows.AsProblems(err)
			require.Len(t, problems, len(truth.Problems), "%v", err)
			for i, want := range truth.Problems {
				said := problems[i].Field + ": " + problems[i].Message
				beginning, open := strings.CutSuffix(want, "…")
				require.True(t, said == want || open && strings.HasPrefix(said, beginning), "%s, not %s", said, want)
			}
		})
	}
}

func TestTheFirstProblemIsFoundByErrorsAs(t *testing.T) {
	_, err := flows.Compile(flows.Definition{Nodes: []flows.NodeDefinition{{Type: "nada"}}}, kinds())
	var first *fault.Error
	require.ErrorAs(t, fmt.Errorf("saving: %w", err), &first)
	require.Equal(t, "nodes[0].id", first.Field)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	require.Contains(t, err.Error(), "nodes[0].type", "all of them are in the text")
}

func TestSizesAreLimited(t *testing.T) {
	start := flows.NodeDefinition{ID: "t", Type: "trigger", With: json.RawMessage(`{"event": "enrol"}`), Next: "n1"}
	chained := func(count int) flows.Definition {
		definition := flows.Definition{Nodes: []flows.NodeDefinition{start}}
		for i := 1; i <= count; i++ {
			node := flows.NodeDefinition{ID: fmt.Sprintf("n%d", i), Type: "delay", With: json.RawMessage(`{"minutes": 1}`)}
			if i < count {
				node.Next = fmt.Sprintf("n%d", i+1)
			}
			definition.Nodes = append(definition.Nodes, node)
		}
		return definition
	}
	_, err := flows.Compile(chained(199), kinds())
	require.NoError(t, err)
	_, err = flows.Compile(chained(200), kinds())
	require.ErrorContains(t, err, "nós demais: 201, no máximo 200")

	big := chained(1)
	big.Nodes[1].With = json.RawMessage(`{"minutes": 1, "x": "` + strings.Repeat("a", 256<<10) + `"}`)
	_, err = flows.Compile(big, kinds())
	require.ErrorContains(t, err, "256 KiB")
	_, err = flows.ParseDefinition([]byte(`{"name": "` + strings.Repeat("a", 256<<10) + `"}`))
	require.ErrorContains(t, err, "256 KiB")
}

func TestTwoKindsOfOneNamePanic(t *testing.T) {
	require.Panics(t, func() { flows.NewNodeList([]flows.Kind{nodes.Delay{}, nodes.Delay{}}) })
}

func TestAFlowTellsWhatItIsMadeOf(t *testing.T) {
	flow := compile(t, model)
	require.Equal(t, []string{"t", "m1", "m2", "m3"}, flow.Steps())
	require.Equal(t, "enrol", flow.Triggers()[0].Event)
	step, known := flow.Step("m2")
	require.True(t, known)
	require.Equal(t, "followup", step.Type)
	_, known = flow.Step("m9")
	require.False(t, known)
	require.Equal(t, "Orçamento", flow.Definition().Name)
}
