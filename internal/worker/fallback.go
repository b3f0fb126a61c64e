package worker

import (
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// fallBack puts the one template in the place of a message that the provider refused because the window is closed, be it
// at once or in a later report. It is a message of its own, so that nothing that is still said of the first can be taken for
// news of the second; it goes through every check again, and it has no fallback itself. Where the customer has written
// since, the window is open and nothing has to be opened.
func (p *pass) fallBack(refused chat.Message, waits bool, at time.Time) (desk.Item, bool) {
	template := refused.FallbackTemplate
	if template == nil || template.ProblemCode != "" || refused.Content.Type == chat.TemplateUse {
		return desk.Item{}, false
	}
	if conversation, known := p.desk.Conversation(refused.ConversationID); !known || conversation.WindowOpen(p.desk.Now) {
		return desk.Item{}, false
	}
	content := chat.Content{Type: chat.TemplateUse, Template: template, Text: template.Text}
	entry := p.entry("window", "template", "o provedor disse que a janela fechou: vai o template", map[string]any{"replaces": refused.ID})
	return p.instead(refused, content, nil, entry, waits, at), true
}

// instead queues a message that goes in the place of one that the provider refused. Further ones in the same place name the
// first, which is the one that a run knows.
func (p *pass) instead(refused chat.Message, content chat.Content, fallback *chat.FilledTemplate, why chat.LogEntry, waits bool, at time.Time) desk.Item {
	first := refused.ID
	if refused.Replaces != "" {
		first = refused.Replaces
	}
	message := chat.Message{
		ID: chat.DeriveID(refused.ID, 1, at), TenantID: refused.TenantID, ContactID: refused.ContactID, ConversationID: refused.ConversationID,
		ChannelID: refused.ChannelID, Direction: chat.Outbound, Origin: refused.Origin, State: chat.Queued, Content: content, ReplyTo: refused.ReplyTo,
		FallbackTemplate: fallback, Transactional: refused.Transactional, RunID: refused.RunID, NodeID: refused.NodeID, FollowUpID: refused.FollowUpID,
		BestBefore: refused.BestBefore, Replaces: first, CreatedAt: p.desk.Now, Log: []chat.LogEntry{why},
	}
	action := flows.SendMessage
	if content.Type == chat.TemplateUse {
		action, message.ReplyTo = flows.SendTemplate, ""
	}
	// A line of its own: it must not wait behind the run's next step, which may be held for days.
	item := desk.Item{ID: message.ID, OrderingKey: message.ID, Action: action, State: desk.ItemPending, DueAt: p.desk.Now, Waits: waits, Message: message}
	if goes, waiting := p.desk.Item(refused.ID); waiting {
		item.Position = goes.Position // ahead of what the run said after it
	}
	p.desk.Queue(item)
	p.wakeAt(p.desk.Now) // where this pass has judged the outbox already, another look is needed
	return item
}

// substitute puts another message in the place of a refused one, if there is one that can go: the one template after a closed
// window, or the same message with its files handed over anew.
func (p *pass) substitute(refused chat.Message, waits bool, problem *fault.Error, at time.Time) (desk.Item, bool) {
	switch problem.Code {
	case fault.OutsideWindow:
		return p.fallBack(refused, waits, at)
	case fault.Media:
		return p.handOverAnew(refused, waits, at)
	}
	return desk.Item{}, false
}

// replace ends an item whose place another one takes; the run goes on waiting, for that one.
func (p *pass) replace(item desk.Item, problem *fault.Error, at time.Time) bool {
	by, replaced := p.substitute(item.Message, item.Waits, problem, at)
	if !replaced {
		return false
	}
	item.Message.State, item.Message.FailedAt = chat.Failed, at
	item.Message.ErrorCode, item.Message.ErrorDetail = string(problem.Code), problem.Explained()
	item.Message.Log = append(item.Message.Log, p.entry("send", "failed", problem.Explained(), map[string]any{"code": string(problem.Code), "replacedBy": by.ID}))
	p.desk.Done(item)
	return true
}

// replaceSent does the same for a message that had been accepted before the provider took that back: its follow-up stays
// SENT, with the other one as its message, and fails only if that does.
func (p *pass) replaceSent(refused chat.Message, problem *fault.Error, at time.Time) bool {
	by, replaced := p.substitute(refused, false, problem, at)
	if !replaced {
		return false
	}
	line := p.entry("status", "replaced", problem.Explained(), map[string]any{"code": string(problem.Code), "message": refused.ID, "replacedBy": by.ID})
	p.desk.Changes.Replaced = append(p.desk.Changes.Replaced, desk.Replaced{MessageID: refused.ID, By: by.ID, Log: []chat.LogEntry{line}})
	return true
}

// replacementFailed tells a follow-up that counted as sent that its template did not go either.
func (p *pass) replacementFailed(item desk.Item, problem *fault.Error, at time.Time) {
	if item.Message.Replaces == "" || item.Waits || item.Message.FollowUpID == "" {
		return
	}
	p.desk.Changes.FailedFollowUps = append(p.desk.Changes.FailedFollowUps, desk.FailedFollowUp{
		MessageID: item.ID, At: at, ErrorCode: string(problem.Code),
		Log: []chat.LogEntry{p.entry("send", "failed", problem.Explained(), map[string]any{"code": string(problem.Code)})},
	})
}

// answeredReplacements takes back templates that were to go in the place of follow-ups: the customer has written, so there is
// nothing to follow up any more.
func (p *pass) answeredReplacements() {
	for _, item := range p.desk.Outbox {
		if item.Message.Replaces != "" && item.Message.FollowUpID != "" && !item.Waits && item.Withdrawable() {
			p.cancel(item, "o cliente respondeu antes do template")
		}
	}
}
