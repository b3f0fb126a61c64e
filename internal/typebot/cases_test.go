package typebot

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// truth is what a file in testdata says a reading must be, in words a flow author can check.
type truth struct {
	Case     string           `json:"case"`
	Row      string           `json:"row,omitempty"`     // the row of the table that it is an example of
	Bubble   string           `json:"bubble,omitempty"`  // plain text
	Message  *Bubble          `json:"message,omitempty"` // or a message of the chat API
	Around   bool             `json:"around,omitempty"`  // the option "text around commands"
	Secret   string           `json:"secret,omitempty"`  // the bot's secret
	Allowed  []string         `json:"allowed,omitempty"` // the allow-list
	Heard    []string         `json:"heard,omitempty"`   // what the contact wrote before
	Enrol    []string         `json:"enrol,omitempty"`   // models, in order, with the extended form's choices
	Remove   int              `json:"remove,omitempty"`  // how many commands remove
	Change   []string         `json:"change,omitempty"`  // what happens to the contact and the bot, in order
	Forward  []map[string]any `json:"forward,omitempty"` // keys for other platforms, per command
	Customer string           `json:"customer"`          // what the customer reads
	Refused  []Hint           `json:"refused,omitempty"`
	Why      []string         `json:"why,omitempty"` // words of the reasons, one for each refusal
}

func (want truth) rules() Rules {
	rules := Rules{Around: want.Around, Secret: want.Secret, Allowed: want.Allowed}
	if want.Heard != nil {
		rules.Heard = NewHeard(want.Heard...)
	}
	return rules
}

func (want truth) read(t *testing.T) Reading {
	t.Helper()
	if want.Message == nil {
		return want.rules().Read(want.Bubble)
	}
	got, err := want.rules().ReadBubble(*want.Message)
	require.NoError(t, err)
	return got
}

func (want truth) check(t *testing.T, got Reading) {
	t.Helper()
	seen := want
	seen.Customer, seen.Enrol, seen.Remove, seen.Change, seen.Forward, seen.Refused = got.Text, nil, 0, nil, nil, nil
	for _, command := range got.Commands {
		if command.FollowUp != nil && command.FollowUp.Remove {
			seen.Remove++
		} else if command.FollowUp != nil {
			seen.Enrol = append(seen.Enrol, enrolment(*command.FollowUp))
		}
		seen.Change = append(seen.Change, changed(command)...)
		if command.Unknown != nil {
			forward := map[string]any{}
			require.NoError(t, json.Unmarshal(encode(command.Unknown), &forward))
			seen.Forward = append(seen.Forward, forward)
		}
		require.NotEmpty(t, command.Names)
	}
	for i, refusal := range got.Refused {
		seen.Refused = append(seen.Refused, refusal.Hint)
		require.NotEmpty(t, refusal.Reason)
		require.Regexp(t, `^[#{]`, refusal.Source)
		if i < len(want.Why) {
			require.Contains(t, refusal.Reason, want.Why[i])
		}
	}
	require.Equal(t, want, seen)
}

// enrolment says the choices of the extended form behind the model.
func enrolment(f FollowUpCommand) string {
	text := f.Model
	for _, name := range slices.Sorted(maps.Keys(f.Vars)) {
		text += fmt.Sprintf(" %s=%s", name, f.Vars[name])
	}
	for _, name := range f.VarNames {
		text += " " + name + " of the contact"
	}
	if !f.StartAt.IsZero() {
		text += " at " + f.StartAt.String()
	}
	if f.Delay > 0 {
		text += " after " + f.Delay.String()
	}
	for _, choice := range []string{f.IfEnrolled, f.OnReply} {
		if choice != "" {
			text += " " + choice
		}
	}
	return text
}

// changed says in a few words what a command does to the contact and to the bot.
func changed(command Command) []string {
	var lines []string
	for _, change := range command.Changes {
		words := map[string]string{
			keyTag: "add tag", keyTags: "add tag", keyRemoveTag: "remove tag", keyClearTags: "clear tags", keyStatus: "status",
			keyStage: "stage", keyOptOut: "opt out", keyOptIn: "opt in", keyFields: "field",
		}[change.Key]
		for _, name := range change.Names {
			lines = append(lines, words+" "+name)
		}
		for _, name := range slices.Sorted(maps.Keys(change.Fields)) {
			lines = append(lines, words+" "+name+" = "+change.Fields[name])
		}
		if change.Names == nil && change.Fields == nil {
			lines = append(lines, words)
		}
	}
	if command.StopBot {
		lines = append(lines, "stop bot")
	}
	if command.Ping {
		lines = append(lines, "pong")
	}
	if command.Wait > 0 {
		lines = append(lines, "wait "+command.Wait.String())
	}
	return lines
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
