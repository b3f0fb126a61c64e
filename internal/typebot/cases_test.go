package typebot

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// truth is what a file in testdata says a reading must be, in words a flow author can check.
type truth struct {
	Case     string           `json:"case"`
	Bubble   string           `json:"bubble,omitempty"`  // plain text
	Message  *Bubble          `json:"message,omitempty"` // or a message of the chat API
	Enrol    []string         `json:"enrol,omitempty"`   // models, in order
	Remove   int              `json:"remove,omitempty"`  // how many commands remove
	Forward  []map[string]any `json:"forward,omitempty"` // keys for other platforms, per command
	Customer string           `json:"customer"`          // what the customer reads
	Refused  []Hint           `json:"refused,omitempty"`
}

func (want truth) read(t *testing.T) Reading {
	t.Helper()
	if want.Message == nil {
		return Read(want.Bubble)
	}
	got, err := ReadBubble(*want.Message)
	require.NoError(t, err)
	return got
}

func (want truth) check(t *testing.T, got Reading) {
	t.Helper()
	seen := truth{Case: want.Case, Bubble: want.Bubble, Message: want.Message, Customer: got.Text}
	for _, command := range got.Commands {
		if command.FollowUp != nil && command.FollowUp.Remove {
			seen.Remove++
		} else if command.FollowUp != nil {
			seen.Enrol = append(seen.Enrol, command.FollowUp.Model)
		}
		if command.Unknown != nil {
			forward := map[string]any{}
			require.NoError(t, json.Unmarshal(encode(command.Unknown), &forward))
			seen.Forward = append(seen.Forward, forward)
		}
	}
	for _, refusal := range got.Refused {
		seen.Refused = append(seen.Refused, refusal.Hint)
		require.NotEmpty(t, refusal.Reason)
		require.True(t, strings.HasPrefix(refusal.Source, "#"), refusal.Source)
	}
	require.Equal(t, want, seen)
}

func TestBubblesAreReadAsTheirTruthFilesSay(t *testing.T) {
	files, err := filepath.Glob("testdata/truth/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 4)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var cases []truth
		require.NoError(t, json.Unmarshal(raw, &cases), file)
		require.NotEmpty(t, cases, file)
		for _, want := range cases {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+want.Case, func(t *testing.T) {
				want.check(t, want.read(t))
			})
		}
	}
}
