package nodes_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/nodes"
)

// A truth file holds cases of one node. The node stands behind a trigger; its exit "next" and every exit in Exits lead to
// an end whose reason is the exit's name.
type nodeCase struct {
	Name  string          `json:"name"`
	With  json.RawMessage `json:"with"`
	Exits []string        `json:"exits"`
	// Alone leaves the exit "next" unconnected.
	Alone bool `json:"alone"`
	// Problems is what compilation must say ("…" at the end: what it must begin with); the rest is not looked at then.
	Problems []string `json:"problems"`
	// Steps are given in order; a step's result is checked by the Expect after the last one.
	Steps  []nodeStep `json:"steps"`
	Expect nodeExpect `json:"expect"`
}

type nodeStep struct {
	At     string `json:"at"`
	Reply  string `json:"reply"`
	Choice string `json:"choice"`
	// Form are the answers of a form, and its token.
	Form   map[string]any `json:"form"`
	Timer  bool           `json:"timer"`
	Result string         `json:"result"` // "accepted" or a fault.Code
}

type nodeExpect struct {
	// Exit is the exit taken; empty while the run waits.
	Exit string `json:"exit"`
	// Ended is a run that ends for want of a connected exit.
	Ended bool `json:"ended"`
	// Broken is part of the reason of a broken run.
	Broken string `json:"broken"`
	Due    string `json:"due"`
	// Reply and Result are what the run waits for besides a time.
	Reply   bool             `json:"reply"`
	Result  bool             `json:"result"`
	Actions []expectedAction `json:"actions"`
	Vars    map[string]any   `json:"vars"`
	Output  map[string]any   `json:"output"`
}

type expectedAction struct {
	Name   string          `json:"name"`
	Origin string          `json:"origin"`
	Params json.RawMessage `json:"params"`
}

// TestEveryNodeHasATruthFile walks the list: a new node without testdata/TYPE.json fails here.
func TestEveryNodeHasATruthFile(t *testing.T) {
	for _, kind := range nodes.List() {
		t.Run(kind.Type(), func(t *testing.T) {
			body, err := os.ReadFile("testdata/" + kind.Type() + ".json")
			require.NoError(t, err, "a node needs its truth file")
			var cases []nodeCase
			require.NoError(t, flows.DecodeStrict("", body, &cases))
			require.NotEmpty(t, cases)
			for _, truth := range cases {
				t.Run(truth.Name, func(t *testing.T) { checkCase(t, kind.Type(), truth) })
			}
		})
	}
}

func checkCase(t *testing.T, nodeType string, truth nodeCase) {
	flow, err := flows.Compile(definition(nodeType, truth), flows.Kinds{
		Nodes: flows.NewNodeList(nodes.List()), Actions: registered(),
	})
	if len(truth.Problems) > 0 {
		var said []string
		for _, problem := range flows.AsProblems(err) {
			said = append(said, problem.Field+": "+problem.Message)
		}
		require.Len(t, said, len(truth.Problems), "%q", said)
		for i, want := range truth.Problems {
			beginning, found := strings.CutSuffix(want, "…")
			require.True(t, said[i] == want || found && strings.HasPrefix(said[i], beginning), "%q, not %q", said[i], want)
		}
		return
	}
	require.NoError(t, err)
	flow.ID = "flow"
	r := runner{t: t, flow: flow}
	r.begin()
	for _, step := range truth.Steps {
		r.step(step)
	}
	r.check(truth.Expect)
}

func registered() []flows.ActionDescription {
	needsTag := func(params json.RawMessage) error {
		if !strings.Contains(string(params), `"tag"`) {
			return fault.Required("tag")
		}
		return nil
	}
	return []flows.ActionDescription{{Name: flows.SendMessage}, {Name: flows.SendTemplate}, {Name: "add-tag", Check: needsTag}}
}

func definition(nodeType string, truth nodeCase) flows.Definition {
	node := flows.NodeDefinition{ID: "n", Type: nodeType, With: truth.With, Exits: map[string]string{}}
	all := []flows.NodeDefinition{{ID: "t", Type: "trigger", With: json.RawMessage(`{"event": "message.received"}`), Next: "n"}, node}
	if nodeType == "trigger" {
		all = []flows.NodeDefinition{node}
	}
	place := len(all) - 1
	connect := func(exit string) string {
		reason, _ := json.Marshal(map[string]string{"reason": exit})
		all = append(all, flows.NodeDefinition{ID: "end_" + exit, Type: "end", With: reason})
		return "end_" + exit
	}
	for _, exit := range truth.Exits {
		node.Exits[exit] = connect(exit)
	}
	if !truth.Alone {
		node.Next = connect("next")
	}
	all[place] = node
	return flows.Definition{Name: nodeType, Nodes: all}
}

type runner struct {
	t       *testing.T
	flow    *flows.Flow
	run     flows.Run
	now     time.Time
	actions []flows.Action
}

func zone(t *testing.T) *time.Location {
	found, err := calendar.Zone("America/Sao_Paulo")
	require.NoError(t, err)
	return found
}

func (r *runner) world() flows.World {
	return flows.World{
		Contact: chat.Contact{Name: "Ana Souza", Phone: "+5511999990001", Tags: []string{"vip"}, Fields: map[string]string{"cidade": "Recife"}},
		Channel: chat.Channel{ID: "channel"}, Zone: zone(r.t), MaxLateness: time.Hour,
	}
}

func (r *runner) clock(text string) {
	parsed, err := time.ParseInLocation("2006-01-02 15:04", text, zone(r.t))
	require.NoError(r.t, err)
	r.now = parsed
}

func (r *runner) begin() {
	r.clock("2025-07-10 09:00")
	event := message("quero um orçamento", "")
	turn, err := flows.Begin(r.flow, flows.Run{ID: "run"}, flows.Input{Kind: flows.Start, Event: event}, r.world(), r.now)
	require.NoError(r.t, err)
	r.keep(turn)
}

func message(text, choice string) *chat.Event {
	content := chat.Content{Type: chat.Text, Text: text, Choice: choice}
	return &chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: content}}
}

func (r *runner) keep(turn flows.Turn) {
	r.run = turn.Run
	r.actions = append(r.actions, turn.Actions...)
}

func (r *runner) step(step nodeStep) {
	if step.At != "" {
		r.clock(step.At)
	}
	in := flows.Input{Kind: flows.Timer, Token: r.run.Wait.Token}
	switch {
	case step.Form != nil:
		in = flows.Input{Kind: flows.Reply, Event: message("Sent", "")}
		in.Event.Message.Content.Type, in.Event.Message.Content.Data = chat.FlowReply, step.Form
	case step.Reply != "":
		in = flows.Input{Kind: flows.Reply, Event: message(step.Reply, step.Choice)}
	case step.Result != "":
		in = flows.Input{Kind: flows.Result, Result: &flows.ActionResult{ActionID: r.run.Wait.Action, At: r.now, MessageID: "message"}}
		if step.Result != "accepted" {
			in.Result.Error = fault.New(fault.Code(step.Result), "recusado")
		}
	}
	turn, err := flows.Advance(r.flow, r.run, in, r.world(), r.now)
	require.NoError(r.t, err)
	r.keep(turn)
}

func (r *runner) check(want nodeExpect) {
	switch {
	case want.Exit != "" || want.Ended:
		require.Equal(r.t, flows.Finished, r.run.State, r.run.Reason)
		require.Equal(r.t, want.Exit, r.run.Reason)
	case want.Broken != "":
		require.Equal(r.t, flows.Broken, r.run.State)
		require.Contains(r.t, r.run.Reason, want.Broken)
	default:
		require.Equal(r.t, flows.Waiting, r.run.State, r.run.Reason)
		require.Equal(r.t, want.Reply, r.run.Wait.Reply)
		require.Equal(r.t, want.Result, r.run.Wait.Action != "")
	}
	due := ""
	if !r.run.Wait.Until.IsZero() {
		due = r.run.Wait.Until.In(zone(r.t)).Format("2006-01-02 15:04")
	}
	require.Equal(r.t, want.Due, due)
	require.Len(r.t, r.actions, len(want.Actions))
	for i, action := range want.Actions {
		require.Equal(r.t, action.Name, r.actions[i].Name)
		require.JSONEq(r.t, string(action.Params), string(r.actions[i].Params))
		if action.Origin != "" {
			require.Equal(r.t, action.Origin, string(r.actions[i].Origin))
		}
	}
	if want.Vars != nil {
		require.Equal(r.t, want.Vars, r.run.Vars)
	}
	if want.Output != nil {
		require.Equal(r.t, want.Output, r.run.Outputs["n"])
	}
}

func TestTextsAreMeasuredBeforeAndAfterTheyAreFilledIn(t *testing.T) {
	cases := map[string]struct {
		text, media, problem, broken string
	}{
		"a text":             {text: strings.Repeat("é", 4096)},
		"too long":           {text: strings.Repeat("é", 4097), problem: "no máximo 4096 caracteres, tem 4097"},
		"too long once full": {text: strings.Repeat("é", 3400) + strings.Repeat("{{trigger.text}}", 40), broken: "no máximo 4096"},
		"a caption":          {text: strings.Repeat("é", 1024), media: "https://exemplo.com/a.png"},
		"too long a caption": {text: strings.Repeat("é", 1025), media: "https://exemplo.com/a.png", problem: "no máximo 1024 caracteres, tem 1025"},
	}
	for name, truth := range cases {
		t.Run(name, func(t *testing.T) {
			parameters := map[string]any{"text": truth.text}
			if truth.media != "" {
				parameters["media"] = map[string]string{"link": truth.media}
			}
			with, err := json.Marshal(parameters)
			require.NoError(t, err)
			flow, err := flows.Compile(definition("send_message", nodeCase{With: with}), flows.Kinds{Nodes: flows.NewNodeList(nodes.List())})
			if truth.problem != "" {
				require.ErrorContains(t, err, truth.problem)
				return
			}
			require.NoError(t, err)
			r := runner{t: t, flow: flow}
			r.begin()
			require.Contains(t, r.run.Reason, truth.broken)
			require.Equal(t, truth.broken != "", r.run.State == flows.Broken, r.run.Reason)
		})
	}
}
