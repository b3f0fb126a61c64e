package worker

import (
	"fmt"
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
	return p.pairRefused(item.Message)
}

// pairRefused tells whether a message's pair was refused for its speed, and nothing has gone through since.
func (p *pass) pairRefused(message chat.Message) bool {
	conversation, known := p.desk.Conversation(message.ConversationID)
	return known && conversation.PairRefusals > 0
}

// judgeBehind judges an item, unless its pair has to wait until a time for what was refused.
func (p *pass) judgeBehind(item desk.Item, until time.Time) error {
	if until.IsZero() {
		return p.judge(item)
	}
	return p.behindPair(item, until)
}

// behindPair lets an item wait for its pair, and says so: once for each wait. What nobody would wait for any more fails: its
// writer's time is over, or a platform asked for it and would have to wait longer than for any other limit (domain.md
// section 5: API actions fail at once).
func (p *pass) behindPair(item desk.Item, until time.Time) error {
	limit, zone := item.Message.BestBefore, p.zoneOn(p.setup.Channels[item.Message.ChannelID])
	problem := fault.New(fault.PairLimited, "o provedor recusou mensagens a este contato por virem rápido demais")
	problem.After = until.Sub(p.desk.Now)
	values := map[string]any{"until": until, "code": string(fault.PairLimited)}
	switch {
	case !limit.IsZero() && p.desk.Now.After(limit):
		return p.judge(item) // which says so
	case item.Message.RunID == "" && item.Message.Origin != chat.FromSystem && problem.After > apiPatience:
		problem.Message += fmt.Sprintf(": a próxima tentativa é às %s, longe demais para quem pediu este envio", until.In(zone).Format("15:04:05"))
		item.Message.Log = append(item.Message.Log, p.entry("pair", "drop", problem.Message, values))
		return p.fail(item, problem, p.desk.Now)
	}
	p.wakeAt(until)
	if !limit.IsZero() && limit.Before(until) {
		p.wakeAt(limit.Add(time.Millisecond))
	}
	said := problem.Message + ": espera até " + until.In(zone).Format("02/01/2006 15:04:05") + " (" + zone.String() + ")"
	if item.Message.ErrorDetail == said || p.refusedPair(item) {
		return nil
	}
	item.Message.ErrorDetail = said
	item.Message.Log = append(item.Message.Log, p.entry("pair", "later", problem.Message, values))
	p.desk.SaveItem(item)
	return nil
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
	p.worker.Pacer.Hold(p.ctx, p.paceOf(message), message.ContactID, time.Time{}, "")
	return conversation
}
