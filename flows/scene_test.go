package flows_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/nodes"
)

// zone is where the tests' people live: no DST since 2019, UTC-3.
func zone(t require.TestingT) *time.Location {
	found, err := calendar.Zone("America/Sao_Paulo")
	require.NoError(t, err)
	return found
}

// local reads "2025-07-10 09:00" in São Paulo.
func local(t require.TestingT, text string) time.Time {
	parsed, err := time.ParseInLocation("2006-01-02 15:04", text, zone(t))
	require.NoError(t, err)
	return parsed
}

func kinds() flows.Kinds { return flows.Kinds{Nodes: flows.NewNodeList(nodes.List())} }

func compile(t require.TestingT, definition string) *flows.Flow {
	parsed, err := flows.ParseDefinition([]byte(definition))
	require.NoError(t, err)
	flow, err := flows.Compile(parsed, kinds())
	require.NoError(t, err)
	flow.ID, flow.Version = "flow-1", 1
	return flow
}

// scene is one run of one flow, with the outside played by the test.
type scene struct {
	t     *testing.T
	flow  *flows.Flow
	run   flows.Run
	turn  flows.Turn
	world flows.World
	now   time.Time
	// followUps are the rows as a store would have them.
	followUps map[string]flows.FollowUp
}

func newScene(t *testing.T, definition, start string) *scene {
	return &scene{
		t: t, flow: compile(t, definition), now: local(t, start), followUps: map[string]flows.FollowUp{},
		run: flows.Run{ID: "run-1", TenantID: "tenant-1", ContactID: "contact-1", ConversationID: "conversation-1", ChannelID: "channel-1"},
		world: flows.World{
			Contact: chat.Contact{ID: "contact-1", Name: "Ana Souza", Phone: "+5511999990001", Tags: []string{"vip"}},
			Channel: chat.Channel{ID: "channel-1"}, Zone: zone(t), MaxLateness: time.Hour,
		},
	}
}

func (s *scene) keep(turn flows.Turn, err error) *scene {
	s.t.Helper()
	require.NoError(s.t, err)
	s.turn, s.run = turn, turn.Run
	for _, followUp := range turn.FollowUps {
		s.followUps[followUp.ID] = followUp
	}
	return s
}

func (s *scene) begin(in flows.Input) *scene {
	s.t.Helper()
	in.Kind = flows.Start
	return s.keep(flows.Begin(s.flow, s.run, in, s.world, s.now))
}

func (s *scene) enrol() *scene {
	s.t.Helper()
	return s.begin(flows.Input{Event: &chat.Event{Name: chat.Enrol, At: s.now, ReceivedAt: s.now, Enrol: &chat.Enrolment{FlowID: "flow-1"}}})
}

func (s *scene) give(in flows.Input) *scene {
	s.t.Helper()
	return s.keep(flows.Advance(s.flow, s.run, in, s.world, s.now))
}

func (s *scene) at(when string) *scene {
	s.now = local(s.t, when)
	return s
}

// ring lets the wait's timer come.
func (s *scene) ring() *scene {
	s.t.Helper()
	return s.give(flows.Input{Kind: flows.Timer, Token: s.run.Wait.Token})
}

func said(text string) *chat.Event {
	content := chat.Content{Type: chat.Text, Text: text}
	return &chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: content}}
}

func (s *scene) reply(text string) *scene {
	s.t.Helper()
	return s.give(flows.Input{Kind: flows.Reply, Event: said(text)})
}

func (s *scene) accepted() *scene {
	s.t.Helper()
	return s.give(flows.Input{Kind: flows.Result, Result: &flows.ActionResult{ActionID: s.run.Wait.Action, At: s.now}})
}

func (s *scene) refused(code fault.Code) *scene {
	s.t.Helper()
	result := &flows.ActionResult{ActionID: s.run.Wait.Action, At: s.now, Error: fault.New(code, "recusado")}
	return s.give(flows.Input{Kind: flows.Result, Result: result})
}

// newest publishes another version of the same flow.
func (s *scene) newest(definition string) *scene {
	version := s.flow.Version
	s.flow = compile(s.t, definition)
	s.flow.Version = version + 1
	return s
}

// due is the open follow-up's time on the local clock.
func (s *scene) due() string {
	s.t.Helper()
	require.NotNil(s.t, s.run.Open, "no open follow-up; run is %s: %s", s.run.State, s.run.Reason)
	return s.run.Open.DueAt.In(zone(s.t)).Format("2006-01-02 15:04")
}

// texts are the messages that this turn asked for.
func (s *scene) texts() []string {
	s.t.Helper()
	var all []string
	for _, action := range s.turn.Actions {
		var params flows.SendParams
		require.NoError(s.t, json.Unmarshal(action.Params, &params))
		all = append(all, params.Content.Text)
	}
	return all
}

// ended requires that the run and its only changed follow-up ended so.
func (s *scene) ended(run flows.RunState, reason string, followUp flows.FollowUpState) *scene {
	s.t.Helper()
	require.Equal(s.t, run, s.run.State)
	require.Equal(s.t, reason, s.run.Reason)
	require.Nil(s.t, s.run.Open)
	require.Equal(s.t, followUp, s.turn.FollowUps[0].State)
	return s
}
