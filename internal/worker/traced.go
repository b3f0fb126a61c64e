package worker

import (
	"context"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/trace"
)

// follow begins the span of reading an event, below the one that wrote it down.
func (p *pass) follow(event chat.Event) {
	if !p.worker.Trace.On() {
		return
	}
	name := eventLabel(event.Name)
	span := p.opens(event.Trace, trace.Consumer, "read "+name, "retoma.tenant", event.TenantID, "retoma.event", event.ID, "retoma.event_name", name)
	p.told = span.Carry()
}

// decides begins the span of a turn: below the event that is being read, else below what last moved the run, be it days ago.
// The run carries it on.
func (p *pass) decides(run *flows.Run, in flows.Input) *trace.Span {
	if !p.worker.Trace.On() {
		return nil
	}
	above := p.told
	if above == "" {
		above = run.Trace
	}
	span := p.opens(above, trace.Inside, "decide", "retoma.tenant", run.TenantID, "retoma.run", run.ID, "retoma.flow", run.FlowID, "retoma.input", string(in.Kind))
	if p.told != "" {
		span.Link(run.Trace)
	}
	run.Trace = span.Carry()
	return span
}

// decided notes what the turn came to; it is told once it is committed.
func (p *pass) decided(span *trace.Span, in flows.Input, turn flows.Turn) {
	p.turns = append(p.turns, decision{turn: turn, input: in.Kind})
	span.Note("retoma.state", string(turn.Run.State), "retoma.actions", len(turn.Actions), "retoma.node", turn.Run.Node)
}

// followClaim begins the span of a claim; the message carries it to its send, and to what the provider says of it later.
func (p *pass) followClaim(item *desk.Item) {
	if !p.worker.Trace.On() {
		return
	}
	above := item.Message.Content.Trace
	if run, known := p.runOf(*item); known && above == "" {
		above = run.Trace
	}
	span := p.opens(above, trace.Inside, "claim", "retoma.tenant", item.Message.TenantID, "retoma.message", item.ID, "retoma.followup", item.Message.FollowUpID,
		"retoma.late_ms", p.desk.Now.Sub(p.dueTime(*item)).Milliseconds())
	item.Message.Content.Trace = span.Carry()
}

// opens begins a span that ends when the pass is committed.
func (p *pass) opens(above string, kind trace.Kind, name string, fields ...any) *trace.Span {
	_, span := p.worker.Trace.Start(context.WithoutCancel(p.ctx), above, kind, name, fields...)
	p.spans = append(p.spans, span)
	return span
}

// failureName is what a span says of an error.
func failureName(err error) string {
	if err == nil {
		return ""
	}
	return outcomeName(err)
}
