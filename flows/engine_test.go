package flows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// steps are the messages of the model in followup-models.md: start at 10:00, offsets 10, 60 and 7200.
func steps() map[string]string {
	return map[string]string{
		"m1": `{"at": "10:00", "offsetMinutes": 10, "text": "um, {{contact.first_name}}"}`,
		"m2": `{"offsetMinutes": 60, "text": "dois"}`,
		"m3": `{"offsetMinutes": 7200, "text": "três"}`,
	}
}

// chain is a model of these messages in this order.
func chain(ids ...string) string {
	nodes := `{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "` + ids[0] + `"}`
	for i, id := range ids {
		next := ""
		if i+1 < len(ids) {
			next = ids[i+1]
		}
		nodes += `, {"id": "` + id + `", "type": "followup", "with": ` + steps()[id] + `, "next": "` + next + `"}`
	}
	return `{"name": "Orçamento", "group": "model", "followAuthor": true, "nodes": [` + nodes + `]}`
}

var model = chain("m1", "m2", "m3")

// with is a definition with one place changed.
func with(definition, from, to string) string {
	changed := strings.Replace(definition, from, to, 1)
	if changed == definition {
		panic("nothing to replace: " + from)
	}
	return changed
}

func stopping() string {
	return with(model, `"followAuthor"`, `"onReply": "stop", "onHuman": "stop", "followAuthor"`)
}

func TestAModelIsWalkedAtTheTimesOfItsSpec(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00").enrol()
	require.Equal(t, "2025-07-10 10:10", s.due())
	require.Equal(t, flows.Pending, s.run.Open.State)
	require.Equal(t, 1, s.run.Open.Attempt)

	s.at("2025-07-10 10:10").ring()
	require.Equal(t, []string{"um, Ana"}, s.texts())
	require.Equal(t, chat.FromFollowUp, s.turn.Actions[0].Origin)
	require.Equal(t, s.run.Open.ID, s.turn.Actions[0].FollowUpID)
	require.Equal(t, s.turn.Actions[0].ID, s.run.Open.MessageID)
	require.Equal(t, flows.Pending, s.run.Open.State, "it is sent when the provider accepted it")

	s.at("2025-07-10 12:10").accepted()
	require.Equal(t, flows.FollowUpSent, s.turn.FollowUps[0].State)
	require.Equal(t, s.now.UTC(), s.turn.FollowUps[0].SentAt)
	require.Equal(t, "2025-07-10 13:10", s.due(), "the next one counts from the real send time")
	require.Equal(t, 2, s.run.Open.Attempt)

	s.at("2025-07-10 13:10").ring().accepted()
	require.Equal(t, "2025-07-15 13:10", s.due())
	s.at("2025-07-15 13:10").ring().accepted().ended(flows.Finished, "", flows.FollowUpSent)
}

func TestEnrolledAfterTheStartTimeIsTomorrow(t *testing.T) {
	require.Equal(t, "2025-07-11 10:10", newScene(t, model, "2025-07-10 13:00").enrol().due())
	require.Equal(t, "2025-07-10 10:10", newScene(t, model, "2025-07-10 10:00").enrol().due())
}

func TestABacklogDoesNotMoveAnEnrolment(t *testing.T) {
	s := newScene(t, model, "2025-07-10 10:05")
	s.begin(flows.Input{Event: &chat.Event{Name: chat.Enrol, ReceivedAt: local(t, "2025-07-10 09:59")}})
	require.Equal(t, "2025-07-10 10:10", s.due())
}

func TestNoTimeChangesByBeingStoredInMilliseconds(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00")
	s.now = s.now.Add(123456789)
	s.enrol()
	s.now = local(t, "2025-07-10 10:10").Add(987654321)
	s.ring().accepted()
	for name, at := range map[string]time.Time{
		"started": s.run.StartedAt, "anchor": s.run.Anchor, "until": s.run.Wait.Until, "due": s.run.Open.DueAt, "sent": s.turn.FollowUps[0].SentAt,
	} {
		require.Equal(t, at.UTC().Truncate(time.Millisecond), at, name)
	}
}

func TestTimersThatAreStaleOrEarlyChangeNothing(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00").enrol()
	before := s.run
	s.at("2025-07-10 10:09").ring()
	require.Equal(t, flows.Turn{Run: before}, s.turn, "early")
	s.at("2025-07-10 10:10").give(flows.Input{Kind: flows.Timer, Token: before.Wait.Token - 1})
	require.Equal(t, flows.Turn{Run: before}, s.turn, "an older token")
	s.ring()
	sent := s.run
	s.ring()
	require.Equal(t, flows.Turn{Run: sent}, s.turn, "nothing waits for a timer while a result is awaited")
}

func TestAReplyDoesWhatOnReplySays(t *testing.T) {
	t.Run("continue", func(t *testing.T) {
		s := newScene(t, model, "2025-07-10 09:00").enrol()
		due := s.due()
		s.at("2025-07-10 09:30").reply("oi")
		require.Equal(t, due, s.due())
		require.Empty(t, s.turn.FollowUps)
	})
	t.Run("stop", func(t *testing.T) {
		s := newScene(t, stopping(), "2025-07-10 09:00").enrol()
		s.at("2025-07-10 09:30").reply("oi").ended(flows.Stopped, flows.ReasonReplied, flows.Responded)
		require.Equal(t, s.now.UTC(), s.turn.FollowUps[0].CancelledAt)
		require.Equal(t, flows.ReasonReplied, s.turn.FollowUps[0].CancelReason)
		require.True(t, s.turn.CancelActions)
	})
	t.Run("restart", func(t *testing.T) {
		restarting := with(model, `"followAuthor"`, `"onReply": "restart", "followAuthor"`)
		s := newScene(t, restarting, "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring().accepted()
		id := s.run.Open.ID
		s.at("2025-07-10 10:40").reply("oi")
		require.Equal(t, "2025-07-10 11:40", s.due())
		require.Equal(t, id, s.run.Open.ID)
		require.EqualValues(t, 2, s.run.Open.Revision)

		s.at("2025-07-10 11:40").ring().at("2025-07-10 11:41").reply("mais uma coisa")
		require.True(t, s.turn.CancelActions, "its send was asked for and not claimed")
		require.Equal(t, "2025-07-10 12:41", s.due())
		require.Empty(t, s.run.Open.MessageID)
		require.Empty(t, s.run.Wait.Action)
	})
	t.Run("a reaction is no reply", func(t *testing.T) {
		s := newScene(t, stopping(), "2025-07-10 09:00").enrol()
		event := &chat.Event{Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Reaction}}}
		s.give(flows.Input{Kind: flows.Reply, Event: event})
		require.Equal(t, flows.Waiting, s.run.State)
	})
}

func TestAReplyAfterTheClaimLeavesTheFollowUpSent(t *testing.T) {
	inFlight := flows.Input{Kind: flows.Reply, Event: said("oi"), InFlight: true}
	s := newScene(t, stopping(), "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring().give(inFlight)
	require.Equal(t, flows.Waiting, s.run.State)
	require.Equal(t, flows.Pending, s.run.Open.State)
	require.False(t, s.turn.CancelActions)
	s.accepted().ended(flows.Stopped, flows.ReasonReplied, flows.FollowUpSent)

	s = newScene(t, stopping(), "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring().give(inFlight)
	s.refused(fault.ProviderRejected).ended(flows.Stopped, flows.ReasonReplied, flows.FollowUpFailed)

	s = newScene(t, stopping(), "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring().give(inFlight)
	s.give(flows.Input{Kind: flows.Refresh}).ended(flows.Stopped, flows.ReasonReplied, flows.Responded)
	require.True(t, s.turn.CancelActions, "it came back unsent, so it can be taken back after all")

	s = newScene(t, stopping(), "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring()
	s.reply("oi").ended(flows.Stopped, flows.ReasonReplied, flows.Responded)
}

func TestAPersonsTakeoverEndsOnlyFlowsThatSaySo(t *testing.T) {
	s := newScene(t, stopping(), "2025-07-10 09:00").enrol().give(flows.Input{Kind: flows.Human})
	s.ended(flows.Stopped, flows.ReasonHuman, flows.FollowUpCancelled)
	s = newScene(t, model, "2025-07-10 09:00").enrol().give(flows.Input{Kind: flows.Human})
	require.Equal(t, flows.Waiting, s.run.State)
}

func TestResults(t *testing.T) {
	sending := func(t *testing.T) *scene {
		return newScene(t, model, "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring()
	}
	t.Run("another action's result changes nothing", func(t *testing.T) {
		s := sending(t)
		before := s.run
		s.give(flows.Input{Kind: flows.Result, Result: &flows.ActionResult{ActionID: "another", At: s.now}})
		require.Equal(t, flows.Turn{Run: before}, s.turn)
	})
	t.Run("after a failure the next step counts from it", func(t *testing.T) {
		s := sending(t).at("2025-07-10 10:20").refused(fault.OutsideWindow)
		require.Equal(t, flows.FollowUpFailed, s.turn.FollowUps[0].State)
		require.Equal(t, "outside_window", s.turn.FollowUps[0].ErrorCode)
		require.Equal(t, "2025-07-10 11:20", s.due())
	})
	t.Run("some failures end the run", func(t *testing.T) {
		for _, code := range []fault.Code{fault.OptedOut, fault.InvalidPhone, fault.Unreachable, fault.PolicyBlocked} {
			sending(t).refused(code).ended(flows.Stopped, string(code), flows.FollowUpFailed)
		}
	})
}

func TestStopAndSkipAndMove(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00").enrol().give(flows.Input{Kind: flows.Stop, Reason: "rule inactive"})
	s.ended(flows.Stopped, "rule inactive", flows.FollowUpCancelled)
	require.Equal(t, "rule inactive", s.turn.FollowUps[0].CancelReason)
	require.True(t, s.turn.CancelActions)

	s = newScene(t, model, "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring()
	s.give(flows.Input{Kind: flows.Stop, Reason: "saiu", InFlight: true})
	require.Equal(t, flows.Waiting, s.run.State)
	s.accepted().ended(flows.Stopped, "saiu", flows.FollowUpSent)

	s = newScene(t, model, "2025-07-10 09:00").enrol().at("2025-07-10 09:20").give(flows.Input{Kind: flows.Skip})
	require.Equal(t, flows.FollowUpCancelled, s.turn.FollowUps[0].State)
	require.Equal(t, flows.ReasonSkipped, s.turn.FollowUps[0].CancelReason)
	require.Equal(t, "2025-07-10 10:20", s.due(), "the next step counts from now")

	s = newScene(t, model, "2025-07-10 09:00").enrol().give(flows.Input{Kind: flows.Move, At: local(t, "2025-07-12 08:00")})
	require.Equal(t, "2025-07-12 08:00", s.due())
	require.EqualValues(t, 2, s.run.Open.Revision)
	s.give(flows.Input{Kind: flows.Move, At: local(t, "2025-01-01 08:00")})
	require.Equal(t, "2025-07-10 09:00", s.due(), "never before now")
}

func TestConditionsAreCheckedWhenPlannedAndWhenDue(t *testing.T) {
	leaving := with(model, `"followAuthor"`, `"exitIf": "\"cliente\" in contact.tags", "followAuthor"`)
	s := newScene(t, leaving, "2025-07-10 09:00").enrol()
	s.world.Contact.Tags = []string{"cliente"}
	s.at("2025-07-10 10:10").ring().ended(flows.Stopped, flows.ReasonExit, flows.FollowUpCancelled)
	require.Equal(t, flows.ReasonExit, s.turn.FollowUps[0].CancelReason)

	s = newScene(t, leaving, "2025-07-10 09:00")
	s.world.Contact.Tags = []string{"cliente"}
	s.enrol()
	require.Equal(t, flows.Stopped, s.run.State)
	require.Empty(t, s.turn.FollowUps, "nothing was planned")

	choosy := with(model, `"text": "um, {{contact.first_name}}"`, `"text": "um", "if": "\"vip\" in contact.tags"`)
	s = newScene(t, choosy, "2025-07-10 09:00").enrol()
	s.world.Contact.Tags = nil
	s.at("2025-07-10 10:10").ring()
	require.Equal(t, flows.ReasonCondition, s.turn.FollowUps[0].CancelReason)
	require.Equal(t, "2025-07-10 11:10", s.due(), "the next one counts from now")

	s = newScene(t, choosy, "2025-07-10 09:00")
	s.world.Contact.Tags = nil
	s.enrol()
	require.Equal(t, "m2", s.run.Open.NodeID)
	require.Equal(t, "2025-07-10 10:00", s.due(), "a step that was never planned takes no time: enrolment + 60")
}

func TestAConditionThatCannotBeEvaluatedIsAskedAgainWhenDue(t *testing.T) {
	for name, broken := range map[string]string{
		"the step's": with(model, `"text": "um, {{contact.first_name}}"`, `"text": "um", "if": "lower(vars.n) == \"a\""`),
		"exitIf":     with(model, `"followAuthor"`, `"exitIf": "lower(vars.n) == \"a\"", "followAuthor"`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, broken, "2025-07-10 09:00")
			s.begin(flows.Input{Event: &chat.Event{Name: chat.Enrol, ReceivedAt: s.now}, Vars: map[string]any{"n": 5}})
			require.Equal(t, "2025-07-10 10:10", s.due())
			s.at("2025-07-10 10:10").ring()
			require.Empty(t, s.turn.Actions)
			require.Equal(t, flows.FollowUpFailed, s.turn.FollowUps[0].State)
			require.Equal(t, string(fault.Invalid), s.turn.FollowUps[0].ErrorCode)
			require.Equal(t, "2025-07-10 11:10", s.due(), "the run goes on to its next step")
		})
	}
}

func TestRestartingOtherSteps(t *testing.T) {
	restarting := `{"name": "a", "onReply": "restart", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "d"},
		{"id": "d", "type": "delay", "with": {"minutes": 30}, "next": "s"},
		{"id": "s", "type": "send_message", "with": {"text": "oi"}, "exits": {"error": "e"}, "next": "e"}, {"id": "e", "type": "end"}]}`
	s := newScene(t, restarting, "2025-07-10 09:00").enrol().at("2025-07-10 09:20").reply("oi")
	require.Equal(t, local(t, "2025-07-10 09:50").UTC(), s.run.Wait.Until, "a delay begins anew")
	s.at("2025-07-10 09:50").ring()
	require.Equal(t, []string{"oi"}, s.texts())
	awaited := s.run.Wait
	s.reply("mais").reply("ainda")
	require.Equal(t, awaited, s.run.Wait)
	require.Empty(t, s.turn.Actions, "what is not a follow-up is never asked for twice")
}

func TestAMissingValueFailsTheFollowUpAndNamesIt(t *testing.T) {
	naming := with(model, "{{contact.first_name}}", "{{vars.produto}}")
	s := newScene(t, naming, "2025-07-10 09:00").enrol().at("2025-07-10 10:10").ring()
	require.Empty(t, s.turn.Actions)
	failed := s.turn.FollowUps[0]
	require.Equal(t, flows.FollowUpFailed, failed.State)
	require.Equal(t, string(fault.TemplateParams), failed.ErrorCode)
	require.Contains(t, failed.Log[len(failed.Log)-1].Reason, "vars.produto")
	require.Equal(t, "2025-07-10 11:10", s.due(), "the run goes on to its next step")
}

func TestAFollowUpBehindAnotherWaitCountsFromItsEnd(t *testing.T) {
	waiting := `{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "enrol"}, "next": "d"},
		{"id": "d", "type": "delay", "with": {"for": "PT2H"}, "next": "s"},
		{"id": "s", "type": "send_message", "with": {"text": "oi"}, "next": "w", "exits": {"error": "w"}},
		{"id": "w", "type": "wait_for_reply", "with": {"timeout": "PT1H"}, "exits": {"reply": "f", "timeout": "f"}},
		{"id": "f", "type": "followup", "with": {"offsetMinutes": 30, "text": "e aí?"}}]}`
	s := newScene(t, waiting, "2025-07-10 09:00").enrol().at("2025-07-10 11:00").ring()
	require.Equal(t, chat.FromFlow, s.turn.Actions[0].Origin)
	s.at("2025-07-10 11:05").accepted().at("2025-07-10 11:20").reply("sim")
	require.Equal(t, "2025-07-10 11:50", s.due())
	require.True(t, s.run.Answering)
	s.at("2025-07-10 11:50").ring()
	require.Equal(t, chat.FromFollowUp, s.turn.Actions[0].Origin)

	s = newScene(t, waiting, "2025-07-10 09:00").enrol().at("2025-07-10 11:00").ring().at("2025-07-10 11:05").accepted()
	s.at("2025-07-10 12:05").ring()
	require.Equal(t, "2025-07-10 12:35", s.due())
	require.False(t, s.run.Answering, "a timer answers nobody")
}

func TestATestSendsOneStepAtOnceAndEnds(t *testing.T) {
	s := newScene(t, with(model, `"followAuthor"`, `"exitIf": "true", "followAuthor"`), "2025-07-10 03:00")
	s.begin(flows.Input{Event: &chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: "flow-1", OnlyNode: "m2"}}})
	require.Equal(t, "2025-07-10 03:00", s.due())
	require.Empty(t, s.run.Group, "a test replaces no enrolment")
	s.ring()
	require.Equal(t, []string{"dois"}, s.texts())
	s.accepted().ended(flows.Finished, "", flows.FollowUpSent)

	s = newScene(t, model, "2025-07-10 03:00")
	s.begin(flows.Input{Event: &chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: "flow-1", OnlyNode: "gone"}}})
	require.Equal(t, flows.Broken, s.run.State)
}

func TestTheCallersMistakesAreErrors(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00").enrol()
	other := compile(t, model)
	other.ID = "flow-2"
	_, err := flows.Advance(other, s.run, flows.Input{Kind: flows.Refresh}, s.world, s.now)
	require.ErrorContains(t, err, "flow-2")
	pinned := with(chain("m2", "m3"), `"followAuthor": true, `, "")
	_, err = flows.Advance(compile(t, pinned), s.run, flows.Input{Kind: flows.Refresh}, s.world, s.now)
	require.ErrorContains(t, err, "m1")
	_, err = flows.Begin(s.flow, flows.Run{}, flows.Input{Kind: flows.Start}, s.world, s.now)
	require.Error(t, err)
}

func TestAnEndedRunDoesNothing(t *testing.T) {
	s := newScene(t, model, "2025-07-10 09:00").enrol().give(flows.Input{Kind: flows.Stop, Reason: "fim"})
	ended := s.run
	for _, kind := range []flows.InputKind{flows.Timer, flows.Reply, flows.Human, flows.Result, flows.Stop, flows.Skip, flows.Refresh, flows.Move} {
		s.now = s.now.Add(time.Hour)
		s.give(flows.Input{Kind: kind, Event: said("oi"), Result: &flows.ActionResult{}})
		require.Equal(t, flows.Turn{Run: ended}, s.turn, "%s", kind)
	}
}
