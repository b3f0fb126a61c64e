package store

import (
	"context"
	"slices"

	"retoma/internal/chat"
)

// mostMissed bounds what a merge repeats of what was said; the latest of it counts.
const mostMissed = 100

// half is one of two contacts that turned out to be one person.
type half struct {
	contact chat.Contact
	// runs are those that wait; since is when the first of them began, or the last follow-up went out: what we had received
	// before that answers nothing. By our own clock, which tells the order of what the two were told.
	runs  []string
	since int64
}

// findMissed looks for what was said to one of the two and read before they were known to be one: the other one's waiting
// runs have not heard it, and a follow-up must not go out after an answer that was given to somebody else's name.
func (m *merge) findMissed(ctx context.Context) error {
	if m.sweeps {
		return nil
	}
	halves := []*half{{contact: m.stays}, {contact: m.goes}}
	var waiting, said batch
	for _, one := range halves {
		one.since = millis(one.contact.LastFollowUpAt)
		waiting.query(func(row scanner) error {
			var id string
			var startedAt int64
			err := row.Scan(&id, &startedAt)
			one.runs = append(one.runs, id)
			if one.since == 0 || startedAt < one.since {
				one.since = startedAt
			}
			return err
		}, "SELECT id, started_at FROM runs WHERE contact_id = $1 AND state = 'waiting' ORDER BY id", one.contact.ID)
	}
	if err := m.tx.run(ctx, &waiting); err != nil {
		return err
	}
	for i, one := range halves {
		if one.since > 0 {
			m.readMissed(&said, *one, halves[1-i].contact.ID)
		}
	}
	if said.empty() {
		return nil
	}
	if err := m.tx.run(ctx, &said); err != nil {
		return err
	}
	slices.SortStableFunc(m.missed, func(a, b chat.Missed) int { return a.Event.At.Compare(b.Event.At) })
	return nil
}

// readMissed reads what the customer said to the other one, and what we wrote there that is no follow-up: waits count from it.
func (m *merge) readMissed(work *batch, missing half, otherID string) {
	work.query(func(row scanner) error {
		message, err := scanMessage(row)
		if event, counts := saidEvent(message); counts {
			m.missed = append(m.missed, chat.Missed{Event: event, RunIDs: missing.runs})
		}
		return err
	}, "SELECT "+messageColumns+` FROM messages m WHERE m.conversation_id IN (SELECT id FROM conversations WHERE contact_id = $1) AND m.created_at >= $2
		AND (m.direction = 'in' OR m.origin IN ('person', 'api', 'reply', 'flow') AND m.followup_id = '' AND m.state NOT IN ('failed', 'cancelled'))
		ORDER BY m.at DESC, m.id DESC LIMIT $3`,
		otherID, missing.since, mostMissed)
}

// saidEvent is a stored message as the event that it was; not all that a customer sends says something.
func saidEvent(message chat.Message) (chat.Event, bool) {
	event := chat.Event{
		ID: message.ID, TenantID: message.TenantID, ContactID: message.ContactID, ConversationID: message.ConversationID, ChannelID: message.ChannelID,
		ExternalID: message.ExternalID, Name: chat.MessageReceived, At: message.At, ReceivedAt: message.CreatedAt,
		Message: &chat.InboundMessage{Content: message.Content, ReplyTo: message.ReplyTo},
	}
	switch {
	case message.Direction == chat.Inbound:
		return event, message.Content.SpeaksForCustomer()
	case message.Origin == chat.FromPerson:
		event.Name = chat.MessageEcho
	default:
		event.Name = chat.MessageSent
	}
	return event, message.Content.Type != chat.Reaction
}

// missedNow is what was missed, in the conversations that are left.
func (m *merge) missedNow() []chat.Missed {
	for i := range m.missed {
		event := &m.missed[i].Event
		event.ContactID = m.stays.ID
		if keeps, gone := m.conversations[event.ConversationID]; gone {
			event.ConversationID = keeps
		}
	}
	return m.missed
}
