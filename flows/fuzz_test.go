package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// FuzzCompileAndAdvance feeds arbitrary JSON to the compiler; what compiles is walked with a few of every input.
func FuzzCompileAndAdvance(f *testing.F) {
	f.Add([]byte(model), byte(0), int64(0))
	f.Add([]byte(chain("m3", "m1")), byte(3), int64(90000))
	f.Add([]byte(`{"nodes": [{"id": "t", "type": "trigger", "with": {"event": "x"}, "next": "b"}, {"id": "b", "type": "branch",
		"with": {"cases": [{"if": "trigger.text == \"a\"", "exit": "a"}]}, "exits": {"a": "w", "else": "w"}},
		{"id": "w", "type": "wait_for_reply", "with": {"timeout": "PT1H"}, "exits": {"reply": "b", "timeout": "w"}}]}`), byte(7), int64(3600))
	f.Add([]byte(`{"nodes": [{"id": "", "type": "delay", "with": {"for": "P1Y"}}]}`), byte(1), int64(-1))
	f.Add([]byte(`[`), byte(1), int64(1))
	f.Fuzz(func(t *testing.T, body []byte, kind byte, seconds int64) {
		definition, err := flows.ParseDefinition(body)
		if err != nil {
			requireProblems(t, err)
			return
		}
		flow, err := flows.Compile(definition, kinds())
		if err != nil {
			requireProblems(t, err)
			return
		}
		walk(t, flow, kind, seconds%(400*86400))
	})
}

func requireProblems(t *testing.T, err error) {
	var problems flows.Problems
	require.ErrorAs(t, err, &problems)
	require.NotEmpty(t, problems)
	for _, problem := range problems {
		require.NotEmpty(t, problem.Field)
		require.NotEmpty(t, problem.Message)
	}
	var first *fault.Error
	require.ErrorAs(t, err, &first)
	require.Equal(t, problems[0], first)
}

func walk(t *testing.T, flow *flows.Flow, kind byte, seconds int64) {
	kindsOfInput := []flows.InputKind{flows.Timer, flows.Reply, flows.Result, flows.Human, flows.Stop, flows.Skip, flows.Refresh, flows.Move}
	now := time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC)
	turn, err := flows.Begin(flow, flows.Run{ID: "run-1"}, flows.Input{Kind: flows.Start, Event: said("oi")}, flows.World{}, now)
	require.NoError(t, err)
	for i := range 12 {
		now = now.Add(time.Duration(max(seconds, 0)) * time.Second)
		in := flows.Input{Kind: kindsOfInput[(int(kind)+i)%len(kindsOfInput)], Event: said("a"), Token: turn.Run.Wait.Token}
		in.Result = &flows.ActionResult{ActionID: turn.Run.Wait.Action, At: now}
		turn, err = flows.Advance(flow, turn.Run, in, flows.World{Contact: chat.Contact{Name: "Ana"}}, now)
		require.NoError(t, err)
	}
}
