package expr

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

// truthCase is one block of a truth file: a source, and what must come of it.
type truthCase struct {
	line               int
	source, mark, want string
}

func readTruthFile(t testing.TB, path string) []truthCase {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var cases []truthCase
	source := ""
	for number, line := range strings.Split(string(raw), "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "# "):
		case source == "":
			source = line
		default:
			cases = append(cases, truthCase{line: number, source: source, mark: line[:2], want: strings.TrimPrefix(line[2:], " ")})
			source = ""
		}
	}
	require.NotEmpty(t, cases)
	require.Empty(t, source, "the last block has no result")
	return cases
}

// exampleScope is testdata/scope.json on a Monday morning, with the types that Go code puts in.
func exampleScope(t testing.TB) Scope {
	t.Helper()
	raw, err := os.ReadFile("testdata/scope.json")
	require.NoError(t, err)
	var scope Scope
	require.NoError(t, json.Unmarshal(raw, &scope))
	scope.Now = time.Date(2025, 3, 10, 9, 5, 0, 0, time.FixedZone("-03", -3*60*60))
	scope.Contact["tags"] = []string{"vip", "novo"}
	return scope
}

func TestConditionsByTruthFile(t *testing.T) {
	scope := exampleScope(t)
	for _, row := range readTruthFile(t, "testdata/conditions.txt") {
		t.Run(fmt.Sprintf("line %d", row.line), func(t *testing.T) {
			condition, err := CompileCondition(row.source)
			if row.mark == "!>" {
				requireFailure(t, err, fault.Invalid, row.want)
				return
			}
			require.NoError(t, err, row.source)
			require.Equal(t, row.source, condition.Source())
			result, err := condition.Eval(scope)
			if row.mark == "!!" {
				requireFailure(t, err, fault.Invalid, row.want)
				return
			}
			require.NoError(t, err, row.source)
			require.Equal(t, row.want, fmt.Sprint(result), row.source)
		})
	}
}

func TestTemplatesByTruthFile(t *testing.T) {
	scope := exampleScope(t)
	for _, row := range readTruthFile(t, "testdata/templates.txt") {
		t.Run(fmt.Sprintf("line %d", row.line), func(t *testing.T) {
			template, err := CompileTemplate(row.source)
			if row.mark == "!>" {
				requireFailure(t, err, fault.Invalid, row.want)
				return
			}
			require.NoError(t, err, row.source)
			text, err := template.Render(scope)
			if row.mark == "!!" {
				requireFailure(t, err, fault.TemplateParams, row.want)
				require.Empty(t, text)
				return
			}
			require.NoError(t, err, row.source)
			require.Equal(t, row.want, text, row.source)
		})
	}
}

func requireFailure(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.CodeOf(err))
	require.Contains(t, fault.Of(err).Message, message)
}
