package app_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/app"
	"retoma/internal/chat"
)

var update = flag.Bool("update", false, "write the drawings of the README anew")

// TestTheReadmeDrawsTheStatesThatTheCodeAllows compares every arrow of the README with the tables of moves.
func TestTheReadmeDrawsTheStatesThatTheCodeAllows(t *testing.T) {
	drawings := []struct{ heading, drawing string }{
		{"A message (`chat.MessageMoves`):", draw(chat.MessageMoves())},
		{"A follow-up (`flows.FollowUpMoves`):", draw(flows.FollowUpMoves())},
		{"A run (`flows.RunMoves`):", draw(flows.RunMoves())},
	}
	for _, name := range []string{"../../README.md", "../../README.pt-BR.md"} {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		text := string(raw)
		blocks := regexp.MustCompile("(?s)```mermaid\nstateDiagram-v2\n(.*?)```")
		found := blocks.FindAllStringSubmatchIndex(text, -1)
		require.Len(t, found, len(drawings), name)
		for i := len(found) - 1; i >= 0; i-- {
			if *update {
				text = text[:found[i][2]] + drawings[i].drawing + text[found[i][3]:]
				continue
			}
			require.Equal(t, drawings[i].drawing, text[found[i][2]:found[i][3]], "%s: %s (go test -run Readme ./internal/app -update)", name, drawings[i].heading)
		}
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		}
	}
}

// TestEverySettingIsInTheTableOfSettings looks for each variable, and for the flags whose name is not made from the field's.
func TestEverySettingIsInTheTableOfSettings(t *testing.T) {
	raw, err := os.ReadFile("../../docs/operating.md")
	require.NoError(t, err)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[app.Config]()) {
		variable, isSetting := field.Tag.Lookup("env")
		if _, hidden := field.Tag.Lookup("hidden"); !isSetting || hidden {
			continue
		}
		row := regexp.MustCompile("(?m)^\\| `" + variable + "` \\|.*$").FindString(string(raw))
		require.NotEmpty(t, row, variable)
		if name := field.Tag.Get("name"); name != "" {
			require.Contains(t, row, "`--"+name+"`")
		}
	}
}

func draw[S ~string](moves map[S][]S) string {
	var lines []string
	for from, targets := range moves {
		for _, to := range targets {
			lines = append(lines, fmt.Sprintf("    %s --> %s", from, to))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}
