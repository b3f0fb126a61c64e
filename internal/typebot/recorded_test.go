package typebot

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

// recorded says what one bubble of a recorded answer of the chat API means.
type recorded struct {
	File string `json:"file"`
	Path string `json:"path"` // where in the file: a message, or only its content
	truth
}

func TestRecordedBubblesMeanWhatTheTruthFileSays(t *testing.T) {
	raw, err := os.ReadFile("testdata/recorded_truth.json")
	require.NoError(t, err)
	var cases []recorded
	require.NoError(t, json.Unmarshal(raw, &cases))
	spoken := map[string]bool{}
	for _, want := range cases {
		spoken[want.File] = true
		t.Run(want.File+"/"+want.Path, func(t *testing.T) {
			got, err := ReadBubble(bubbleAt(t, want.File, want.Path))
			require.NoError(t, err)
			want.check(t, got)
		})
	}
	files, err := filepath.Glob("testdata/recorded/*.json")
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.True(t, spoken[filepath.Base(file)] || !strings.Contains(string(raw), "richText"), "%s: the truth file says nothing about it", file)
		for i := range gjson.GetBytes(raw, "messages.#").Int() {
			said := slices.ContainsFunc(cases, func(c recorded) bool {
				return c.File == filepath.Base(file) && c.Path == "messages."+strconv.FormatInt(i, 10)
			})
			require.True(t, said, "%s: the truth file says nothing about message %d", file, i)
		}
	}
}

func TestAnErrorOfTheChatAPIHoldsNoBubble(t *testing.T) {
	raw, err := os.ReadFile("testdata/recorded/04_continueChat_real_404_session_not_found.json")
	require.NoError(t, err)
	require.False(t, gjson.GetBytes(raw, "messages").Exists())
	var bubble Bubble
	require.NoError(t, json.Unmarshal(raw, &bubble), "nor does it break the reader")
	text, err := bubble.Text()
	require.NoError(t, err)
	require.Empty(t, text)
}

func bubbleAt(t *testing.T, file, path string) Bubble {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata/recorded", file))
	require.NoError(t, err)
	found := gjson.GetBytes(raw, path)
	require.True(t, found.Exists(), "%s has no %s", file, path)
	if !found.Get("content").Exists() {
		return Bubble{Type: "text", Content: json.RawMessage(found.Raw)}
	}
	var bubble Bubble
	require.NoError(t, json.Unmarshal([]byte(found.Raw), &bubble))
	return bubble
}
