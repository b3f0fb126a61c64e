package flows_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// drawDefinition makes a flow of a random shape: a chain of random nodes, with random ways back to waiting ones.
func drawDefinition(t *rapid.T) string {
	count := rapid.IntRange(1, 8).Draw(t, "nodes")
	follows := rapid.Bool().Draw(t, "followAuthor")
	nodes := []map[string]any{{"id": "t", "type": "trigger", "with": map[string]any{"event": "enrol"}, "next": "n0"}}
	for i := range count {
		node := drawNode(t)
		node["id"] = fmt.Sprintf("n%d", i)
		next := fmt.Sprintf("n%d", i+1)
		switch {
		case node["type"] == "wait_for_reply":
			node["exits"] = drawExits(t, follows, i, next)
		case i+1 < count:
			node["next"] = next
		}
		nodes = append(nodes, node)
	}
	nodes = append(nodes, map[string]any{"id": fmt.Sprintf("n%d", count), "type": "end"})
	if last := nodes[count]; last["type"] != "wait_for_reply" {
		last["next"] = fmt.Sprintf("n%d", count)
	}
	definition := map[string]any{"name": "sorteado", "nodes": nodes, "followAuthor": follows}
	definition["onReply"] = rapid.SampledFrom([]string{"continue", "stop", "restart"}).Draw(t, "onReply")
	definition["onHuman"] = rapid.SampledFrom([]string{"continue", "stop"}).Draw(t, "onHuman")
	if rapid.IntRange(0, 3).Draw(t, "leaves") == 0 {
		definition["exitIf"] = `"fora" in contact.tags`
	}
	if rapid.IntRange(0, 3).Draw(t, "stops") == 0 {
		definition["stopIf"] = `"fora" in contact.tags`
	}
	if rapid.Bool().Draw(t, "onOutbound") {
		definition["onOutbound"] = "restart"
		definition["rearm"] = definition["onReply"] == "stop" && rapid.Bool().Draw(t, "rearm")
	}
	encoded, err := json.Marshal(definition)
	require.NoError(t, err)
	return string(encoded)
}

// drawExits connects a wait: onward, and in flows that may have loops sometimes back.
func drawExits(t *rapid.T, follows bool, i int, next string) map[string]any {
	exits := map[string]any{"reply": next}
	if !follows {
		exits["timeout"] = rapid.SampledFrom([]string{fmt.Sprintf("n%d", i), "n0", next}).Draw(t, "timeout")
	}
	return exits
}

func drawNode(t *rapid.T) map[string]any {
	text := rapid.SampledFrom([]string{"oi", "oi {{contact.first_name}}", "{{vars.falta}}"}).Draw(t, "text")
	switch rapid.IntRange(0, 4).Draw(t, "type") {
	case 0:
		return map[string]any{"type": "delay", "with": map[string]any{"minutes": rapid.IntRange(1, 3000).Draw(t, "minutes")}}
	case 1:
		return map[string]any{"type": "send_message", "with": map[string]any{"text": text}}
	case 2:
		return map[string]any{"type": "wait_for_reply", "with": map[string]any{"timeout": "PT1H"}}
	}
	with := map[string]any{"offsetMinutes": rapid.IntRange(0, 5000).Draw(t, "offset"), "text": text}
	if rapid.Bool().Draw(t, "clock") {
		with["at"] = rapid.SampledFrom([]string{"00:00", "10:00", "23:59"}).Draw(t, "at")
	}
	if rapid.Bool().Draw(t, "conditional") {
		with["if"] = `"vip" in contact.tags`
	}
	if with["keepInWindow"] = rapid.Bool().Draw(t, "keepInWindow"); rapid.IntRange(0, 3).Draw(t, "written") == 0 {
		delete(with, "text")
		with["prompt"], with["assistant"] = "Cumprimente {{contact.first_name}}", "assistant-1"
	}
	return map[string]any{"type": "followup", "with": with}
}

func drawWorld(t *rapid.T) flows.World {
	zones := []string{"America/Sao_Paulo", "America/New_York", "UTC"}
	location, err := calendar.Zone(rapid.SampledFrom(zones).Draw(t, "zone"))
	require.NoError(t, err)
	world := flows.World{Zone: location, MaxLateness: time.Hour}
	world.Contact = chat.Contact{ID: "contact-1", Name: "Ana Souza"}
	world.Contact.Tags = rapid.SampledFrom([][]string{nil, {"vip"}, {"fora"}, {"vip", "fora"}}).Draw(t, "tags")
	world.HasWindow = rapid.Bool().Draw(t, "window")
	world.Conversation.CustomerAt = time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 10000).Draw(t, "customerAt")) * time.Minute)
	if rapid.Bool().Draw(t, "hours") {
		world.Hours = &calendar.Hours{Weekdays: []string{"mon", "wed"}, From: "09:00", To: "18:00"}
	}
	return world
}

func drawInput(t *rapid.T, run flows.Run, now time.Time) flows.Input {
	in := flows.Input{Event: said("oi"), Token: run.Wait.Token, Reason: "sorteado", At: now.Add(time.Hour)}
	in.Kind = rapid.SampledFrom([]flows.InputKind{
		flows.Timer, flows.Timer, flows.Timer, flows.Result, flows.Result, flows.Reply, flows.Human, flows.Stop, flows.Skip, flows.Refresh, flows.Move,
		flows.Outbound, flows.Outbound, flows.Refused, flows.Changed,
	}).Draw(t, "input")
	if in.Kind == flows.Timer && rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
		in.Token--
	}
	if in.Kind == flows.Outbound {
		in.Event = &chat.Event{ID: rapid.SampledFrom([]string{"ours-1", "ours-2"}).Draw(t, "ours"), Name: chat.MessageSent,
			At: now.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "ago")) * time.Minute)}
	}
	in.MessageID = rapid.SampledFrom([]string{"", "ours-1", "ours-2"}).Draw(t, "refused")
	in.InFlight = run.Wait.Action != "" && rapid.Bool().Draw(t, "inFlight")
	if in.Kind == flows.Result {
		in.Result = &flows.ActionResult{ActionID: run.Wait.Action, At: now}
		in.Result.Error = rapid.SampledFrom([]*fault.Error{nil, fault.New(fault.OptedOut, ""), fault.New(fault.OutsideWindow, "")}).Draw(t, "error")
	}
	return in
}

// drawNow is a moment after the last one, often just when the run's timer is due, sometimes long after.
func drawNow(t *rapid.T, run flows.Run, now time.Time) time.Time {
	if until := run.Wait.Until; until.After(now) && rapid.IntRange(0, 3).Draw(t, "punctual") > 0 {
		return until.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "late")) * 40 * time.Minute)
	}
	return now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "minutes")) * time.Minute)
}

// rearmed tells that a message of ours made an answered follow-up pending again in this turn.
func rearmed(row flows.FollowUp) bool {
	return slices.ContainsFunc(row.Log, func(entry chat.LogEntry) bool { return entry.Verdict == "rearm" })
}

func allowed[S comparable](moves map[S][]S, from, to S) bool {
	for _, next := range moves[from] {
		if next == to {
			return true
		}
	}
	return from == to
}

func snapshot(t require.TestingT, values ...any) string {
	encoded, err := json.Marshal(values)
	require.NoError(t, err)
	return string(encoded)
}

func snapshotTurn(t require.TestingT, turn flows.Turn) string {
	return snapshot(t, turn, turn.Run.Node, turn.Run.State, turn.Run.Reason, turn.Run.Open)
}

// storedAndLoaded is a run as it comes back from the store: its body through JSON, its columns as they are.
func storedAndLoaded(t require.TestingT, run flows.Run) flows.Run {
	encoded, err := json.Marshal(run)
	require.NoError(t, err)
	loaded := flows.Run{
		ID: run.ID, FlowID: run.FlowID, Version: run.Version, State: run.State, Reason: run.Reason, Node: run.Node,
		StartedAt: run.StartedAt, Open: run.Open,
	}
	require.NoError(t, json.Unmarshal(encoded, &loaded))
	return loaded
}

// follower checks what must hold after every turn.
type follower struct {
	rows  map[string]flows.FollowUp
	state flows.RunState
}

func (f *follower) check(t *rapid.T, turn flows.Turn, now time.Time) {
	require.True(t, allowed(flows.RunMoves(), f.state, turn.Run.State), "run %s -> %s", f.state, turn.Run.State)
	f.state = turn.Run.State
	for _, row := range turn.FollowUps {
		before, known := f.rows[row.ID]
		if !known {
			require.False(t, row.DueAt.Before(row.CreatedAt), "due before it was planned")
			before.State = flows.Pending
		}
		if before.State == flows.Responded && rearmed(row) {
			// The same turn may go on and end it, for example where a step leaves at once.
			require.True(t, allowed(flows.FollowUpMoves(), before.State, flows.Pending))
			before.State = flows.Pending
		}
		require.True(t, allowed(flows.FollowUpMoves(), before.State, row.State), "%s -> %s", before.State, row.State)
		require.GreaterOrEqual(t, row.Revision, before.Revision)
		if !before.DueAt.Equal(row.DueAt) && known {
			require.Greater(t, row.Revision, before.Revision, "a moved due time has a new revision")
			require.False(t, row.DueAt.Before(now.UTC()), "moved into the past")
		}
		require.NotEmpty(t, row.Log, "nothing changes without a line in its log")
		f.rows[row.ID] = row
	}
	f.checkOpen(t, turn)
}

func (f *follower) checkOpen(t *rapid.T, turn flows.Turn) {
	open := 0
	for id, row := range f.rows {
		if row.State == flows.Pending {
			open++
			require.NotNil(t, turn.Run.Open)
			require.Equal(t, turn.Run.Open.ID, id)
			require.Equal(t, row.DueAt, turn.Run.Open.DueAt)
		}
	}
	require.LessOrEqual(t, open, 1, "at most one open follow-up")
	if turn.Run.State == flows.Waiting {
		return
	}
	require.Nil(t, turn.Run.Open)
	require.Zero(t, open, "an ended run leaves nothing open")
	require.Equal(t, flows.Wait{Token: turn.Run.Wait.Token}, turn.Run.Wait)
}

func TestRandomRunsKeepTheirLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flow := compile(t, drawDefinition(t))
		now := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 600000).Draw(t, "start")) * time.Minute)
		world := drawWorld(t)
		start := flows.Input{Kind: flows.Start, Event: &chat.Event{Name: chat.Enrol, ReceivedAt: now}, Vars: map[string]any{"lista": []any{"a"}}}
		turn, err := flows.Begin(flow, flows.Run{ID: "run-1"}, start, world, now)
		require.NoError(t, err)
		check := follower{rows: map[string]flows.FollowUp{}, state: flows.Waiting}
		check.check(t, turn, now)
		for range rapid.IntRange(0, 30).Draw(t, "inputs") {
			run := turn.Run
			now = drawNow(t, run, now)
			in, world := drawInput(t, run, now), drawWorld(t)
			before := snapshot(t, run, run.Open, in, world)
			next, err := flows.Advance(flow, run, in, world, now)
			require.NoError(t, err)
			require.Equal(t, before, snapshot(t, run, run.Open, in, world), "the arguments were changed")
			loaded, err := flows.Advance(flow, storedAndLoaded(t, run), in, world, now)
			require.NoError(t, err)
			require.Equal(t, snapshotTurn(t, next), snapshotTurn(t, loaded), "storing a run changes nothing")
			again, err := flows.Advance(flow, run, in, world, now)
			require.NoError(t, err)
			require.Equal(t, next, again, "the same arguments give the same turn")
			checkQuiet(t, run, in, next, now)
			check.check(t, next, now)
			turn = next
		}
	})
}

// checkQuiet requires that what does not concern a run changes nothing.
func checkQuiet(t *rapid.T, run flows.Run, in flows.Input, turn flows.Turn, now time.Time) {
	stale := in.Kind == flows.Timer && (in.Token != run.Wait.Token || run.Wait.Until.IsZero() || now.Before(run.Wait.Until))
	if stale || run.State != flows.Waiting {
		require.Equal(t, flows.Turn{Run: run}, turn)
	}
	require.LessOrEqual(t, len(turn.Actions), 100)
	if in.Kind == flows.Stop || in.Kind == flows.Human && turn.Run.State == flows.Stopped {
		require.Empty(t, turn.Actions, "a run that is stopped acts no more")
	}
}

// TestNewVersionsNeverRepeatNorForget publishes random orders of a model's messages while a contact walks it.
func TestNewVersionsNeverRepeatNorForget(t *testing.T) {
	all := []string{"m1", "m2", "m3"}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
		flow := compile(t, chain(all...))
		turn, err := flows.Begin(flow, flows.Run{ID: "run-1"}, flows.Input{Kind: flows.Start}, flows.World{}, now)
		require.NoError(t, err)
		sent := map[string]int{}
		for turn.Run.State == flows.Waiting {
			if rapid.Bool().Draw(t, "publish") {
				order := rapid.Permutation(all).Draw(t, "order")[:rapid.IntRange(1, 3).Draw(t, "length")]
				version := flow.Version
				flow = compile(t, chain(order...))
				flow.Version = version + 1
				turn, err = flows.Advance(flow, turn.Run, flows.Input{Kind: flows.Refresh}, flows.World{}, now)
				require.NoError(t, err)
				continue
			}
			if turn.Run.Wait.Until.After(now) {
				now = turn.Run.Wait.Until
			}
			turn, err = flows.Advance(flow, turn.Run, nextInput(turn.Run, now), flows.World{Contact: chat.Contact{Name: "Ana"}}, now)
			require.NoError(t, err)
			for _, action := range turn.Actions {
				sent[action.NodeID]++
			}
		}
		require.Equal(t, flows.Finished, turn.Run.State)
		for id, times := range sent {
			require.Equal(t, 1, times, "%s", id)
		}
	})
}

func nextInput(run flows.Run, now time.Time) flows.Input {
	if run.Wait.Action != "" {
		return flows.Input{Kind: flows.Result, Result: &flows.ActionResult{ActionID: run.Wait.Action, At: now}}
	}
	return flows.Input{Kind: flows.Timer, Token: run.Wait.Token}
}
