package typebot

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

var update = flag.Bool("update", false, "write the truth files of exports anew")

// TestExportsAreLintedAsTheirTruthFilesSay compares what is said of each export with the sentences beside it.
func TestExportsAreLintedAsTheirTruthFilesSay(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/v*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			found, err := LintExport(raw, LintOptions{Models: []string{"1", "Carrinho abandonado"}})
			require.NoError(t, err)
			var lines []string
			for _, command := range found.Commands {
				lines = append(lines, command.Group+", "+command.BlockID+": "+command.Command)
			}
			for _, finding := range found.Findings {
				kind := "aviso"
				if finding.Problem {
					kind = "problema"
				}
				lines = append(lines, kind+" "+string(finding.Kind)+": "+finding.Text)
			}
			got := strings.Join(lines, "\n") + "\n"
			truth := strings.TrimSuffix(file, ".json") + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(truth, []byte(got), 0o600))
			}
			want, err := os.ReadFile(truth)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

func TestEveryKindOfFindingIsShownByAnExport(t *testing.T) {
	raw, err := os.ReadFile("testdata/exports/v6.json")
	require.NoError(t, err)
	found, err := LintExport(raw, LintOptions{Models: []string{"1"}})
	require.NoError(t, err)
	seen := map[LintKind]bool{}
	for _, finding := range found.Findings {
		seen[finding.Kind] = true
		require.Contains(t, finding.Text, `No grupo "`+finding.Group+`"`)
	}
	for _, kind := range []LintKind{
		FindRefused, FindAround, FindQuotes, FindUnquoted, FindInjection, FindLink, FindMarks, FindUnknownKey, FindUnknownID, FindOrder, FindFollowed,
	} {
		require.True(t, seen[kind], kind)
	}
}

func TestWhatIsNoExportIsRefused(t *testing.T) {
	for _, raw := range []string{"", "[]", "{}", `{"groups":[]}`, `{"groups":7}`, `"x"`} {
		_, err := LintExport([]byte(raw), LintOptions{})
		require.Equal(t, fault.Invalid, fault.CodeOf(err), raw)
	}
	found, err := LintExport([]byte(`{"typebot":{"name":"x","groups":[{"id":"g","blocks":[{"type":"text","content":{"richText":[{"children":[{"text":"#{}"}]}]}}]}]}}`), LintOptions{})
	require.NoError(t, err, "the API's own answer")
	require.Equal(t, 1, found.Problems)
}

func FuzzLintExport(f *testing.F) {
	files, err := filepath.Glob("testdata/exports/v*.json")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Add([]byte(`{"groups":[{"id":"g","blocks":[{"type":"text","outgoingEdgeId":"e","content":{"richText":[{"text":"#{\"a\":{{b}}}"}]}}]}],"edges":[{"id":"e","to":{"groupId":"g"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		found, err := LintExport(raw, LintOptions{})
		if err != nil {
			return
		}
		_, err = json.Marshal(found)
		require.NoError(t, err)
		require.LessOrEqual(t, found.Problems, len(found.Findings))
	})
}
