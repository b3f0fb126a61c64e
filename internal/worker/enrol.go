package worker

import (
	"fmt"
	"time"

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
		return p.leave(wanted.Group, firstText(wanted.Reason, ReasonRemoved))
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
			if run.Group == group && stays(run, flow, wanted.IfEnrolled) {
				return nil
			}
		}
		if err := p.leave(group, ReasonReplaced); err != nil {
			return err
		}
	}
	run := p.newRun(flow, event)
	return p.begin(flow, run, flows.Input{Kind: flows.Start, Event: &event, Vars: wanted.Vars})
}

// stays tells whether a run of the group goes on in spite of a new enrolment: the same flow again changes nothing while it
// is active, unless whoever enrols says otherwise.
func stays(run flows.Run, flow *flows.Flow, ifEnrolled string) bool {
	switch ifEnrolled {
	case "keep":
		return true
	case "restart":
		return false
	}
	return run.FlowID == flow.ID
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
// does not start a second time beside itself, unless its author wants it to begin again.
func (p *pass) start(fact chat.Event) error {
	facts := map[string]*triggers.Fact{} // by conversation: what conditions read is made once
	for _, flow := range p.setup.starting.Candidates(fact, p.desk.Contact) {
		event := p.placed(fact, flow)
		if p.tooOld(event, flow) || p.spent(event, flow) {
			continue
		}
		before, underWay := p.underWay(flow.ID, event.ConversationID)
		if underWay && flow.Definition().Again != "restart" {
			continue
		}
		run := p.newRun(flow, event)
		if facts[event.ConversationID] == nil {
			facts[event.ConversationID] = triggers.NewFact(event, p.world(run), p.desk.Now)
		}
		begun, matches, err := facts[event.ConversationID].Start(flow)
		if err != nil {
			// A condition that cannot be evaluated on this event is the author's mistake; it must not cost the customer's message.
			p.worker.Logger.Warn("a trigger's condition failed", "tenant", event.TenantID, "flow", flow.ID, "error", err)
			continue
		}
		if !matches {
			continue
		}
		run.Node = begun.NodeID
		if underWay {
			if err := p.advance(before, flows.Input{Kind: flows.Stop, Reason: flows.ReasonAgain}); err != nil {
				return err
			}
		}
		if err := p.begin(flow, run, flows.Input{Kind: flows.Start, Event: &event, Vars: begun.Vars}); err != nil {
			return err
		}
	}
	return nil
}

// tooOld tells whether an event happened before the flow was turned on: activation never sweeps the past. The teller's
// clock may count whole seconds.
func (p *pass) tooOld(event chat.Event, flow *flows.Flow) bool {
	happened := notAfter(event.At, event.ReceivedAt)
	return happened.Add(chat.SameMoment).Before(p.setup.Flows[flow.ID].ActivatedAt)
}

// spent tells whether the flow has followed up in the conversation since the customer wrote last: its attempts begin anew
// only after an answer, however the ones before ended.
func (p *pass) spent(event chat.Event, flow *flows.Flow) bool {
	conversation, known := p.desk.Conversation(event.ConversationID)
	return known && flow.Definition().Rearm && conversation.WaitsForAnswerTo(flow.ID)
}

// placed gives an event about a contact the conversation in which a flow would talk: the one on the flow's channel, if
// the flow has one and the contact has it, else the one that was active last. What was said in a conversation stays there.
func (p *pass) placed(event chat.Event, flow *flows.Flow) chat.Event {
	if event.Message != nil || event.Name == chat.MessageSent || event.Name == chat.ConversationStarted {
		return event
	}
	var place chat.Conversation
	if channel := flow.Definition().Channel; channel != "" && channel != event.ChannelID {
		place, _ = p.desk.ConversationOn(channel)
	} else if event.ConversationID == "" {
		place = p.lastActive()
	}
	if place.ID != "" {
		event.ConversationID, event.ChannelID = place.ID, place.ChannelID
	}
	return event
}

// lastActive is the contact's conversation in which something was said last; conversations without a channel cannot be
// written into and do not count.
func (p *pass) lastActive() chat.Conversation {
	var found chat.Conversation
	for _, one := range p.desk.Conversations {
		one, _ = p.desk.Conversation(one.ID)
		if one.ChannelID != "" && (found.ID == "" || lastWord(one).After(lastWord(found))) {
			found = one
		}
	}
	return found
}

func lastWord(c chat.Conversation) time.Time {
	return latest(c.CreatedAt, latest(c.CustomerAt, c.OutboundAt))
}

// underWay finds the run of a flow in a conversation; what a person tests or schedules beside it does not count.
func (p *pass) underWay(flowID, conversationID string) (flows.Run, bool) {
	for _, run := range p.waitingRuns() {
		if run.FlowID == flowID && run.ConversationID == conversationID && !run.Only {
			return run, true
		}
	}
	return flows.Run{}, false
}
