package worker

import (
	"fmt"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/triggers"
)

// enrol puts the contact into a flow, or takes it out of a group.
func (p *pass) enrol(event chat.Event) error {
	wanted := event.Enrol
	if wanted == nil {
		return fmt.Errorf("an enrolment without its content")
	}
	if wanted.FlowID == "" {
		return p.leave(wanted.Group, ReasonRemoved)
	}
	document, exists := p.setup.Flows[wanted.FlowID]
	flow := p.setup.newest[wanted.FlowID]
	test := wanted.OnlyNode != ""
	if !exists || flow == nil || !document.Active && !test {
		return nil // it was deleted or deactivated since the request was accepted
	}
	group := flow.Definition().Group
	if !test && group != "" {
		for _, run := range p.waitingRuns() {
			if run.Group == group && run.FlowID == flow.ID {
				return nil // the same one again changes nothing while it is active
			}
		}
		if err := p.leave(group, ReasonReplaced); err != nil {
			return err
		}
	}
	run := p.newRun(flow, event)
	return p.begin(flow, run, flows.Input{Kind: flows.Start, Event: &event, Vars: wanted.Vars})
}

func (p *pass) leave(group, reason string) error {
	for _, run := range p.waitingRuns() {
		if run.Group != group || group == "" {
			continue
		}
		if err := p.advance(run, flows.Input{Kind: flows.Stop, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) newRun(flow *flows.Flow, event chat.Event) flows.Run {
	return flows.Run{
		ID: chat.NewID(), TenantID: event.TenantID, FlowID: flow.ID, Version: flow.Version, ContactID: event.ContactID,
		ConversationID: event.ConversationID, ChannelID: event.ChannelID,
	}
}

// start lets an event start every active flow whose trigger it matches. A flow that is under way in the conversation
// does not start a second time beside itself.
func (p *pass) start(event chat.Event) error {
	for _, flow := range p.setup.starting {
		if p.underWay(flow.ID, event.ConversationID) {
			continue
		}
		run := p.newRun(flow, event)
		begun, matches, err := triggers.Match(flow, event, p.world(run), p.desk.Now)
		if err != nil {
			// A condition that cannot be evaluated on this event is the author's mistake; it must not cost the customer's message.
			p.worker.Logger.Warn("a trigger's condition failed", "tenant", event.TenantID, "flow", flow.ID, "error", err)
			continue
		}
		if !matches {
			continue
		}
		run.Node = begun.NodeID
		if err := p.begin(flow, run, flows.Input{Kind: flows.Start, Event: &event, Vars: begun.Vars}); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) underWay(flowID, conversationID string) bool {
	for _, run := range p.waitingRuns() {
		if run.FlowID == flowID && run.ConversationID == conversationID {
			return true
		}
	}
	return false
}
