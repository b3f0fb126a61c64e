package worker

import (
	"slices"

	"retoma/flows"
	"retoma/internal/chat"
)

// hearMissed tells runs what was said to the other one of two contacts before they were known to be one: an answer is an
// answer, whatever name it was given to.
func (p *pass) hearMissed(missed []chat.Missed) error {
	for _, one := range missed {
		hear := p.missedReply
		switch one.Event.Name {
		case chat.MessageEcho:
			hear = p.missedPerson
		case chat.MessageSent:
			hear = p.missedOurs
		}
		if err := hear(one); err != nil {
			return err
		}
	}
	return nil
}

// heardBefore tells that we had received something before a run began: it answers nothing that the run said.
func heardBefore(event chat.Event, run flows.Run) bool {
	return event.ReceivedAt.Before(run.StartedAt) || spokenBefore(event, run)
}

// creditMissed counts the first answer to the last follow-up, as it would have been counted when it came.
func (p *pass) creditMissed(missed []chat.Missed) {
	for _, one := range missed {
		contact, event := p.desk.Contact, one.Event
		if event.Name != chat.MessageReceived || contact.LastFollowUpID == "" || event.ReceivedAt.Before(contact.LastFollowUpAt) {
			continue
		}
		p.credit(event)
		p.answered()
	}
}

// missedReply does with an answer what [pass.customerWrote] would have done with it: it is in the history already.
func (p *pass) missedReply(missed chat.Missed) error {
	event := missed.Event
	p.unpark(event.ConversationID)
	for _, run := range p.waitingRuns() {
		elsewhere := run.Wait.Reply && run.ConversationID != event.ConversationID
		if !slices.Contains(missed.RunIDs, run.ID) || elsewhere || heardBefore(event, run) {
			continue
		}
		if err := p.advance(run, flows.Input{Kind: flows.Reply, Event: &event}); err != nil {
			return err
		}
	}
	return nil
}

// missedPerson does the same with what a person of the business wrote.
func (p *pass) missedPerson(missed chat.Missed) error {
	event := missed.Event
	for _, run := range p.waitingRuns() {
		if !slices.Contains(missed.RunIDs, run.ID) || heardBefore(event, run) {
			continue
		}
		if err := p.advance(run, flows.Input{Kind: flows.Human, Event: &event}); err != nil {
			return err
		}
	}
	return p.missedOurs(missed)
}

// missedOurs lets waits count from what we wrote, unless the customer has the last word.
func (p *pass) missedOurs(missed chat.Missed) error {
	event := missed.Event
	conversation, known := p.desk.Conversation(event.ConversationID)
	if !known || event.At.Before(conversation.CustomerAt) {
		return nil
	}
	return p.spoke(conversation, event.ID, event.At)
}
