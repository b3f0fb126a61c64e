package flows_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
)

// asked is a flow that asks so many questions one after the other, without ever waiting.
func asked(questions int) string {
	nodes := []string{`{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "n1"}`}
	for i := 1; i <= questions; i++ {
		nodes = append(nodes, fmt.Sprintf(`{"id": "n%d", "type": "branch", "with": {"if": "true"}, "exits": {"yes": "n%d"}}`, i, i+1))
	}
	nodes = append(nodes, fmt.Sprintf(`{"id": "n%d", "type": "end"}`, questions+1))
	return `{"name": "x", "nodes": [` + strings.Join(nodes, ",") + `]}`
}

// A circle without a wait is refused when the flow is saved; a long way without one ends the run when it is walked.
func TestNoTurnRunsForEver(t *testing.T) {
	s := newScene(t, asked(98), "2025-07-10 09:00").enrol()
	require.Equal(t, flows.Finished, s.run.State)
	s = newScene(t, asked(150), "2025-07-10 09:00").enrol()
	require.Equal(t, flows.Broken, s.run.State)
	require.Contains(t, s.run.Reason, "mais de 100 passos sem esperar")

	parsed, err := flows.ParseDefinition([]byte(with(asked(3), `"yes": "n4"`, `"yes": "n1", "no": "n4"`)))
	require.NoError(t, err)
	_, err = flows.Compile(parsed, kinds())
	require.ErrorContains(t, err, "sem esperar")
}
