package sandbox

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the list of faults into docs/providers/sandbox.md")

// TestTheDocumentsListEveryFault holds the page's table to the registry.
func TestTheDocumentsListEveryFault(t *testing.T) {
	const file, begin, end = "../../../docs/providers/sandbox.md", "-update -->\n", "<!-- end of faults -->"
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	wanted := before + begin + faultTable() + end + after
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(wanted), 0o600))
		page = []byte(wanted)
	}
	require.Equal(t, wanted, string(page))
}

func faultTable() string {
	var b strings.Builder
	b.WriteString("\n| fault | what happens | `with` |\n|---|---|---|\n")
	for _, kind := range FaultKinds() {
		var parameters []string
		for _, p := range kind.Parameters {
			parameters = append(parameters, fmt.Sprintf("`%s` = `%v` (%s%s)", p.Name, p.Default, p.Description, allowed(p)))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", kind.Name, kind.Description, strings.Join(parameters, "; "))
	}
	return b.String() + "\n"
}

func allowed(p FaultParameter) string {
	switch {
	case len(p.Choices) > 1:
		choices := make([]string, len(p.Choices))
		for i, c := range p.Choices {
			choices[i] = fmt.Sprint(c)
		}
		return ": " + strings.Join(choices, ", ")
	case p.Kind == "number" && len(p.Choices) == 0:
		return fmt.Sprintf(", %.0f a %.0f", p.Min, p.Max)
	}
	return ""
}
