package worker

import (
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// refusedPair tells whether an item is what its pair waits for: the provider refused it because messages came too fast for
// the contact, and nothing has gone through since.
func (p *pass) refusedPair(item desk.Item) bool {
	if item.State != desk.ItemPending || item.Message.ErrorCode != string(fault.PairLimited) {
		return false
	}
	conversation, known := p.desk.Conversation(item.Message.ConversationID)
	return known && conversation.PairRefusals > 0
}

// refusedFirst is the outbox in its order, behind what was refused for its pair's speed. That was the head of its run's
// line when it went, so the order of each line stays.
func (p *pass) refusedFirst() []string {
	var refused, others []string
	for _, item := range p.desk.Outbox {
		if p.refusedPair(item) {
			refused = append(refused, item.ID)
			continue
		}
		others = append(others, item.ID)
	}
	return append(refused, others...)
}

// leavePair lets the pair's other messages go past one that now waits for something else.
func (p *pass) leavePair(item *desk.Item) {
	if item.Message.ErrorCode == string(fault.PairLimited) {
		item.Message.ErrorCode = ""
	}
}

// wentThrough notes that the provider took a message: the pair is not too fast any more, and what waits for it is due.
func (p *pass) wentThrough(conversation chat.Conversation, message chat.Message) chat.Conversation {
	if conversation.PairRefusals == 0 {
		return conversation
	}
	for _, item := range slices.Clone(p.desk.Outbox) {
		if item.ID != message.ID && item.Message.ConversationID == conversation.ID && p.refusedPair(item) && item.DueAt.After(p.desk.Now) {
			item.DueAt = p.desk.Now
			p.desk.SaveItem(item)
		}
	}
	conversation.PairRefusals = 0
	p.worker.Pacer.Hold(p.ctx, p.paceOf(message), message.ContactID, time.Time{})
	return conversation
}
