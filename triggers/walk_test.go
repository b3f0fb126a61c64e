package triggers_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/nodes"
	"retoma/triggers"
)

// A truth file holds cases of one trigger: what its node asks for, an event, and whether that starts the flow "flow-1".
type triggerCase struct {
	Name  string          `json:"name"`
	With  json.RawMessage `json:"with"`
	Event json.RawMessage `json:"event"`
	// Channel limits the flow.
	Channel string `json:"channel"`
	// OnChannel is the conversation's channel; "channel-1" if it is not given.
	OnChannel string         `json:"onChannel"`
	Starts    bool           `json:"starts"`
	Vars      map[string]any `json:"vars"`
	// Payload is part of what the run reads as trigger.
	Payload map[string]any `json:"payload"`
	Error   string         `json:"error"`
}

// fileOf is the truth file's name: the event's, with _ for dots; the one for platforms' events is event.json.
func fileOf(trigger triggers.Trigger) string {
	if trigger.Name() == triggers.Any {
		return "testdata/event.json"
	}
	return "testdata/" + strings.ReplaceAll(trigger.Name(), ".", "_") + ".json"
}

// TestEveryTriggerHasATruthFile walks the list: a new trigger without its file fails here.
func TestEveryTriggerHasATruthFile(t *testing.T) {
	names := map[string]bool{}
	for _, trigger := range triggers.List() {
		require.False(t, names[trigger.Name()], "two triggers called %s", trigger.Name())
		names[trigger.Name()] = true
		t.Run(trigger.Name(), func(t *testing.T) {
			body, err := os.ReadFile(fileOf(trigger))
			require.NoError(t, err, "a trigger needs its truth file")
			var cases []triggerCase
			require.NoError(t, flows.DecodeStrict("", body, &cases))
			require.NotEmpty(t, cases)
			for _, truth := range cases {
				t.Run(truth.Name, func(t *testing.T) { checkCase(t, truth) })
			}
		})
	}
}

func checkCase(t *testing.T, truth triggerCase) {
	var event chat.Event
	require.NoError(t, json.Unmarshal(truth.Event, &event))
	definition := flows.Definition{Name: "a", Channel: truth.Channel, Nodes: []flows.NodeDefinition{
		{ID: "t", Type: "trigger", With: truth.With, Next: "e"}, {ID: "e", Type: "end"},
	}}
	flow, err := flows.Compile(definition, flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
	require.NoError(t, err)
	flow.ID = "flow-1"
	world := flows.World{Contact: chat.Contact{Name: "Ana Souza", Phone: "+5511999990001"}, Channel: chat.Channel{ID: "channel-1"}}
	if truth.OnChannel != "" {
		world.Channel.ID = truth.OnChannel
	}
	now := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
	start, matched, err := triggers.Match(flow, event, world, now)
	require.Equal(t, truth.Starts, matched)
	if truth.Error != "" {
		require.ErrorContains(t, err, truth.Error)
		return
	}
	require.NoError(t, err)
	if truth.Vars != nil {
		require.Equal(t, truth.Vars, start.Vars)
	}
	payload := flows.TriggerPayload(&event, world)
	for name, want := range truth.Payload {
		require.Equal(t, want, payload[name], name)
	}
}

func TestTheFirstTriggerNodeThatMatchesWins(t *testing.T) {
	definition, err := flows.ParseDefinition([]byte(`{"name": "a", "nodes": [
		{"id": "a", "type": "trigger", "with": {"event": "message.received", "if": "trigger.text == \"a\""}, "next": "e"},
		{"id": "b", "type": "trigger", "with": {"event": "message.received"}, "next": "e"}, {"id": "e", "type": "end"}]}`))
	require.NoError(t, err)
	flow, err := flows.Compile(definition, flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
	require.NoError(t, err)
	for text, node := range map[string]string{"a": "a", "z": "b"} {
		event := chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}}}
		start, matched, err := triggers.Match(flow, event, flows.World{}, time.Time{})
		require.NoError(t, err)
		require.True(t, matched)
		require.Equal(t, node, start.NodeID)
	}
}

func TestATestOfOneStepNeedsNoTrigger(t *testing.T) {
	definition, err := flows.ParseDefinition([]byte(`{"name": "a", "nodes": [
		{"id": "a", "type": "trigger", "with": {"event": "deal.created", "if": "false"}, "next": "e"}, {"id": "e", "type": "end"}]}`))
	require.NoError(t, err)
	flow, err := flows.Compile(definition, flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
	require.NoError(t, err)
	flow.ID = "flow-1"
	event := chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: "flow-1"}}
	_, matched, err := triggers.Match(flow, event, flows.World{}, time.Time{})
	require.NoError(t, err)
	require.False(t, matched, "nobody can be enrolled in this flow")
	event.Enrol.OnlyNode = "e"
	start, matched, err := triggers.Match(flow, event, flows.World{}, time.Time{})
	require.NoError(t, err)
	require.True(t, matched)
	require.Empty(t, start.NodeID)
}
