package worker

import (
	"time"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// pace asks when the message may go, and tells whether it has to wait. A wait for the rate or for the contact rewrites
// nothing: a burst is stretched. A wait for the people of the day may take hours, so the row says it.
func (p *pass) pace(item desk.Item, call actions.Call, message chat.Message, log []chat.LogEntry) (waits bool, err error) {
	answers := isUrgent(message.Origin) || message.Origin == chat.FromAPI && message.Content.Type != chat.TemplateUse
	line := paceLine{message.ChannelID, answers, isUrgent(message.Origin)}
	if at := p.lines[line]; at.After(p.desk.Now) && p.pairRefused(item.Message) {
		return true, p.behindPair(item, at)
	} else if at.After(p.desk.Now) {
		p.wakeAt(at) // what waits for the same contact behind another message does not ask
		return true, nil
	}
	slot := p.worker.Pacer.Reserve(p.ctx, PaceLimits{
		Channel: paceChannel(call.Channel, message), ContactID: message.ContactID, MessageID: item.ID,
		PerSecond: perSecond(call.Channel), PairEvery: time.Duration(call.Channel.PairSeconds) * time.Second,
		Urgent: isUrgent(message.Origin), Answers: answers,
		Begins: p.begins(message), People: call.Channel.DailyPeople(), Privileged: isUrgent(message.Origin) || message.Transactional,
		Waits: message.RunID != "", LastSent: p.lastSent(message), Now: p.desk.Now,
	})
	switch {
	case !slot.At.After(p.desk.Now):
		return false, nil
	case slot.Full:
		p.put("people")
		return true, p.full(item, call, slot, log)
	}
	p.put("pace")
	p.noteLine(line, slot.At)
	if p.pairRefused(item.Message) {
		return true, p.behindPair(item, slot.At)
	}
	p.wakeAt(slot.At)
	return true, nil
}

// lastSent is when something last went to a message's contact on its channel.
func (p *pass) lastSent(message chat.Message) time.Time {
	conversation, _ := p.desk.Conversation(message.ConversationID)
	return conversation.OutboundAt
}

// paceLine are a contact's messages on one channel that the pace treats alike: only the first of them asks, because none
// goes before it. Otherwise a talk of fifty messages would ask fifty times whenever one of them goes.
type paceLine struct {
	channelID       string
	answers, urgent bool
}

// noteLine remembers until when messages of a line wait anyway.
func (p *pass) noteLine(line paceLine, at time.Time) {
	if p.lines == nil {
		p.lines = map[paceLine]time.Time{}
	}
	p.lines[line] = at
}

// full keeps a message whose people of the day are used up: a flow's waits for its place in line, what a platform asked for
// fails at once (domain.md section 5, rate_limited).
func (p *pass) full(item desk.Item, call actions.Call, slot PaceSlot, log []chat.LogEntry) error {
	values := map[string]any{"used": slot.Used, "limit": call.Channel.DailyPeople(), "portfolio": call.Channel.Portfolio(), "until": slot.At}
	kept := ""
	if !isUrgent(item.Message.Origin) && !item.Message.Transactional {
		kept = "; 10 % ficam reservados para respostas e mensagens transacionais"
	}
	problem := fault.New(fault.RateLimited, "o limite de %d pessoas novas em 24 horas desta conta acabou (%d já contadas%s)", call.Channel.DailyPeople(), slot.Used, kept)
	problem.After = slot.At.Sub(p.desk.Now)
	if item.Message.RunID == "" {
		item.Message.Log = append(append(item.Message.Log, log...), p.entry("people", "drop", problem.Message, values))
		return p.fail(item, problem, p.desk.Now)
	}
	p.leavePair(&item)
	if item.Message.ErrorDetail != problem.Message {
		item.Message.ErrorDetail = problem.Message
		item.Message.Log = append(append(item.Message.Log, log...), p.entry("people", "later", problem.Message+": espera a sua vez", values))
	}
	item.DueAt = slot.At
	p.desk.SaveItem(item)
	return nil
}

// begins tells whether a message begins a talk: a template outside the customer-service window, which the provider counts
// by people (providers.md section 1.5).
func (p *pass) begins(message chat.Message) bool {
	if message.Content.Type != chat.TemplateUse || !hasWindow(p.worker.Providers[p.setup.Channels[message.ChannelID].Provider]) {
		return false
	}
	conversation, known := p.desk.Conversation(message.ConversationID)
	return !known || !conversation.WindowOpen(p.desk.Now)
}

// perSecond is the channel's rate: what its owner set, else what the provider allows.
func perSecond(channel chat.Channel) int {
	if channel.PerSecond > 0 {
		return channel.PerSecond
	}
	return channel.Number.Throughput
}

// paceChannel names a message's channel to the pace.
func paceChannel(channel chat.Channel, message chat.Message) PaceChannel {
	named := PaceChannel{TenantID: message.TenantID, Portfolio: message.ChannelID, ID: message.ChannelID}
	if channel.ID != "" {
		named.Portfolio = channel.Portfolio()
	}
	return named
}

// isUrgent tells what answers somebody who is waiting from what was planned.
func isUrgent(origin chat.Origin) bool {
	return origin == chat.FromReply || origin == chat.FromPerson || origin == chat.FromSystem
}
