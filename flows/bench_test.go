package flows_test

import (
	"testing"

	"retoma/flows"
	"retoma/internal/chat"
)

// BenchmarkReplyThroughOneCondition is what goal 2 costs the engine: a message starts a flow, one condition, one send.
func BenchmarkReplyThroughOneCondition(b *testing.B) {
	flow := compile(b, `{"name": "a", "nodes": [{"id": "t", "type": "trigger", "with": {"event": "message.received"}, "next": "b"},
		{"id": "b", "type": "branch", "with": {"if": "trigger.text contains \"oi\""}, "exits": {"yes": "s"}},
		{"id": "s", "type": "send_message", "with": {"text": "Olá, {{contact.first_name}}!"}}]}`)
	world := flows.World{Contact: chat.Contact{Name: "Ana Souza", Phone: "+5511999990001"}, Zone: zone(b)}
	now := local(b, "2025-07-10 09:00")
	in := flows.Input{Kind: flows.Start, Event: said("oi")}
	for b.Loop() {
		turn, err := flows.Begin(flow, flows.Run{ID: "run-1"}, in, world, now)
		if err != nil || len(turn.Actions) != 1 {
			b.Fatal(err, turn.Run.Reason)
		}
	}
}

// BenchmarkDueFollowUp is a timer that asks for its send.
func BenchmarkDueFollowUp(b *testing.B) {
	flow := compile(b, model)
	world := flows.World{Contact: chat.Contact{Name: "Ana Souza"}, Zone: zone(b)}
	turn, err := flows.Begin(flow, flows.Run{ID: "run-1"}, flows.Input{Kind: flows.Start}, world, local(b, "2025-07-10 09:00"))
	if err != nil {
		b.Fatal(err)
	}
	in := flows.Input{Kind: flows.Timer, Token: turn.Run.Wait.Token}
	for b.Loop() {
		sent, err := flows.Advance(flow, turn.Run, in, world, turn.Run.Wait.Until)
		if err != nil || len(sent.Actions) != 1 {
			b.Fatal(err, sent.Run.Reason)
		}
	}
}
