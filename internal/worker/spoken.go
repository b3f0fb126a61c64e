package worker

import (
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// This file holds what follows from our having written to a customer: the clocks of NO_RESPONSE (domain.md section 4) and
// the count of automatic messages.

// spokeThroughUs lets clocks start at a message that the provider accepted: whoever wrote it, as long as it is no
// follow-up and the customer did not speak after it was on its way.
func (p *pass) spokeThroughUs(message chat.Message, at time.Time) error {
	switch message.Origin {
	case chat.FromPerson, chat.FromAPI, chat.FromReply, chat.FromFlow:
	default:
		return nil
	}
	conversation, known := p.desk.Conversation(message.ConversationID)
	if !known || message.FollowUpID != "" || message.Content.Type == chat.Reaction || // an emoji asks nothing, so nothing waits for an answer
		customerSpokeAfter(conversation, message, at) {
		return nil
	}
	return p.spoke(conversation, message.ID, at)
}

// customerSpokeAfter tells whether the customer has the last word: a message of theirs came in after ours was claimed, and
// was not written before it.
func customerSpokeAfter(conversation chat.Conversation, message chat.Message, at time.Time) bool {
	return conversation.CustomerNumber > message.ClaimNumber && !conversation.CustomerAt.Add(chat.SameMoment).Before(at)
}

// spoke tells the conversation's runs that we wrote, and then lets flows start on it.
func (p *pass) spoke(conversation chat.Conversation, messageID string, at time.Time) error {
	event := chat.Event{
		ID: messageID, TenantID: conversation.TenantID, ChannelID: conversation.ChannelID, ContactID: conversation.ContactID,
		ConversationID: conversation.ID, Name: chat.MessageSent, At: at, ReceivedAt: at,
	}
	for _, run := range p.waitingRuns() {
		if run.ConversationID != conversation.ID {
			continue
		}
		if err := p.advance(run, flows.Input{Kind: flows.Outbound, Event: &event}); err != nil {
			return err
		}
	}
	return p.start(event)
}

// followedUp notes a follow-up of a flow whose attempts begin anew only after the customer has written (Rearm).
func (p *pass) followedUp(conversation chat.Conversation, item desk.Item, at time.Time) chat.Conversation {
	if item.Message.FollowUpID == "" {
		return conversation
	}
	run, known := p.runOf(item)
	if !known || customerSpokeAfter(conversation, item.Message, at) {
		return conversation
	}
	if flow := p.setup.newest[run.FlowID]; flow == nil || !flow.Definition().Rearm || run.Only {
		return conversation
	}
	return conversation.FollowedUpBy(run.FlowID)
}

// dayLayout is a local date.
const dayLayout = "2006-01-02"

// markAutomatic counts an automatic message that was accepted.
func (p *pass) markAutomatic(message chat.Message, at time.Time) {
	if !message.Automatic() {
		return
	}
	contact := p.desk.Contact
	day := at.In(p.zoneOn(p.setup.Channels[message.ChannelID])).Format(dayLayout)
	mark := chat.AutomaticMark{MessageID: message.ID, At: latest(at, contact.Automatic.At), Day: day, Count: 1}
	if contact.Automatic.Day == day {
		mark.Count += contact.Automatic.Count
	}
	contact.Automatic = mark
	p.desk.SaveContact(contact)
}

// automatic is what the contact got automatically before a message, those included whose result is still awaited: they
// went first.
func (p *pass) automatic(channel chat.Channel, messageID string) actions.Automatic {
	zone := p.zoneOn(channel)
	if p.setup.Tenant.Settings.Automatic == (chat.Automatic{}) {
		return actions.Automatic{Zone: zone} // nobody asks for more
	}
	mark := p.desk.Contact.Automatic
	known := actions.Automatic{LastID: mark.MessageID, LastAt: mark.At, Zone: zone}
	today := p.desk.Now.In(zone).Format(dayLayout)
	if mark.Day == today {
		known.Today = mark.Count
	}
	for _, item := range p.desk.Outbox {
		onItsWay := item.State == desk.ItemSending || item.State == desk.ItemUnconfirmed
		if item.ID == messageID || !onItsWay || !item.Message.Automatic() {
			continue
		}
		if item.ClaimedAt.In(zone).Format(dayLayout) == today {
			known.Today++
		}
		if item.ClaimedAt.After(known.LastAt) {
			known.LastID, known.LastAt = item.ID, item.ClaimedAt
		}
	}
	return known
}

// zoneOn is the zone of the contact's local rules on a channel.
func (p *pass) zoneOn(channel chat.Channel) *time.Location {
	return zoneOr(p.desk.Contact.Timezone, zoneOr(channel.Timezone, p.setup.zone))
}
