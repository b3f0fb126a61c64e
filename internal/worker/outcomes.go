package worker

import (
	"errors"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// outcomes notes what came of the sends that the last pass claimed. A send that a status webhook settled meanwhile has
// no row any more: there is nothing left to note.
func (p *pass) outcomes() error {
	for _, outcome := range p.desk.Outcomes {
		item, waiting := p.desk.Item(outcome.ItemID)
		if waiting && outcome.Draft != nil && item.State == desk.ItemWriting {
			if err := p.written(item, outcome); err != nil {
				return err
			}
		}
		if err := p.sent(outcome); err != nil {
			return err
		}
	}
	return nil
}

// sent notes what came of one send, unless that is noted.
func (p *pass) sent(outcome desk.Outcome) error {
	item, waiting := p.desk.Item(outcome.ItemID)
	if !waiting || outcome.Draft != nil || item.State != desk.ItemSending {
		return nil
	}
	item.Message.Log = append(item.Message.Log, outcome.Log...)
	return p.outcome(item, outcome)
}

// sentBefore notes what came of a send before a report that it arrived: the report may be here already when the answer is
// noted, and knows less of it.
func (p *pass) sentBefore(report chat.Status) error {
	for _, outcome := range p.desk.Outcomes {
		if outcome.ItemID != report.Tracker || outcome.Draft != nil {
			continue
		}
		if err := p.outdated(); err != nil {
			return err
		}
		return p.sent(outcome)
	}
	return nil
}

func (p *pass) outcome(item desk.Item, outcome desk.Outcome) error {
	if outcome.Error == nil {
		item.Message.ExternalID = outcome.ExternalID
		p.learnRoute(outcome.Route)
		return p.accept(item, outcome.State, outcome.At)
	}
	problem := fault.Of(outcome.Error)
	p.learn(problem, item.Message, outcome.At)
	if p.renewFiles(item, problem) {
		return nil
	}
	switch retry := problem.Code.Retry(); {
	case retry == fault.Doubt:
		return p.doubt(item, problem.Detail)
	case retry == fault.Wait:
		return p.waitForLimit(item, problem, outcome.At)
	case retry == fault.Hold:
		return p.holdForRecovery(item, problem, outcome.At)
	case retry == fault.Passing || problem.Reach.Again:
		return p.tryAgain(item, problem, outcome.At)
	}
	if problem.Code == fault.OutsideWindow && p.replace(item, problem, outcome.At) {
		return nil
	}
	return p.fail(item, problem, outcome.At)
}

// learnRoute keeps the address that the provider itself uses for the person.
func (p *pass) learnRoute(route string) {
	if route == "" || route == p.desk.Contact.Route {
		return
	}
	contact := p.desk.Contact
	contact.Route = route
	p.desk.SaveContact(contact)
}

// accept ends an item that the provider took: the real send time is at.
func (p *pass) accept(item desk.Item, state chat.MessageState, at time.Time) error {
	item.Message.State, item.Message.At = state, at
	item.Message.ErrorCode, item.Message.ErrorDetail = "", ""
	if conversation, known := p.desk.Conversation(item.Message.ConversationID); known {
		conversation.OutboundAt = latest(conversation.OutboundAt, at)
		p.desk.SaveConversation(p.followedUp(p.wentThrough(conversation, item.Message), item, at))
	}
	if item.Message.FollowUpID != "" {
		contact := p.desk.Contact
		contact.LastFollowUpID, contact.LastFollowUpAt = item.Message.FollowUpID, at
		p.desk.SaveContact(contact)
	}
	p.markAutomatic(item.Message, at)
	p.desk.Done(item)
	if err := p.result(item, flows.ActionResult{ActionID: item.ID, At: at, MessageID: item.ID}); err != nil {
		return err
	}
	return p.spokeThroughUs(item.Message, at)
}

// fail ends an item for good, tells the run, and tells the team.
func (p *pass) fail(item desk.Item, problem *fault.Error, at time.Time) error {
	item.Message.State, item.Message.FailedAt = chat.Failed, at
	item.Message.ErrorCode, item.Message.ErrorDetail = string(problem.Code), problem.Explained()
	item.Message.Log = append(item.Message.Log, p.entry("send", "failed", problem.Explained(), map[string]any{"code": string(problem.Code)}))
	p.desk.Done(item)
	p.replacementFailed(item, problem, at)
	if problem.Code != fault.OptedOut {
		p.desk.Notify("send.failed", "Falha no envio", "Uma mensagem não foi enviada: "+problem.Explained(), map[string]any{
			"messageId": item.ID, "contactId": item.Message.ContactID, "conversationId": item.Message.ConversationID,
			"followUpId": item.Message.FollowUpID, "code": string(problem.Code), "attempts": item.Attempts,
		})
	}
	return p.result(item, flows.ActionResult{ActionID: item.ID, At: at, Error: problem, MessageID: item.ID})
}

// result tells the run that waits for an item, or for what it replaces, what came of it.
func (p *pass) result(item desk.Item, result flows.ActionResult) error {
	if !item.Waits {
		return nil
	}
	if item.Message.Replaces != "" {
		result.ActionID = item.Message.Replaces
	}
	for _, run := range p.waitingRuns() {
		if run.ID == item.Message.RunID {
			return p.advance(run, flows.Input{Kind: flows.Result, Result: &result})
		}
	}
	return nil
}

// doubt leaves an item whose fate nobody knows: a status webhook settles it, or the team. It is never silent.
func (p *pass) doubt(item desk.Item, detail string) error {
	channel := p.setup.Channels[item.Message.ChannelID]
	item.Message.ErrorCode, item.Message.ErrorDetail = string(fault.Unconfirmed), detail
	if channel.OnUnconfirmed == chat.UnconfirmedResend {
		item.Attempts++
		if item.Attempts < p.setup.Tenant.Settings.WithDefaults().Retry.Tries {
			p.requeue(&item, p.desk.Now.Add(p.setup.Tenant.Settings.RetryDelay(item.Attempts+1)))
			item.Message.Log = append(item.Message.Log, p.entry("unconfirmed", "later", "o canal manda reenviar", nil))
			p.desk.SaveItem(item)
			return nil
		}
	}
	if p.awaitEvidence(item, channel, detail) {
		return nil
	}
	item.State, item.Message.State, item.DueAt = desk.ItemUnconfirmed, chat.Unconfirmed, time.Time{}
	item.Message.Log = append(item.Message.Log, p.entry("unconfirmed", "hold", detail, nil))
	p.desk.SaveItem(item)
	p.tellUnconfirmed(item, "Não se sabe se uma mensagem saiu. Ela não será reenviada até que o provedor confirme ou a equipe decida.")
	return nil
}

// requeue puts an item back into the queue for a later time.
func (p *pass) requeue(item *desk.Item, at time.Time) {
	item.State, item.DueAt, item.ClaimedAt = desk.ItemPending, at, time.Time{}
	item.Message.State = chat.Queued
}

// tryAgain is the retry of whatsapp-automation.md: wait, try once more, then record the failure and tell the team.
func (p *pass) tryAgain(item desk.Item, problem *fault.Error, at time.Time) error {
	item.Attempts++
	settings := p.setup.Tenant.Settings.WithDefaults()
	if item.Attempts >= settings.Retry.Tries {
		return p.fail(item, problem, at)
	}
	delay := settings.RetryDelay(item.Attempts + 1)
	if problem.After > delay {
		delay = problem.After
	}
	p.postpone(item, problem, "retry", p.desk.Now.Add(delay))
	return nil
}

// apiPatience is how long a message that a platform asked for waits for a limit to pass; longer ones are told at once.
const apiPatience = 5 * time.Minute

// waitForLimit waits as long as the provider said, or the table of codes; it uses up no try.
func (p *pass) waitForLimit(item desk.Item, problem *fault.Error, at time.Time) error {
	wait := problem.After
	switch {
	case (problem.Code == fault.RateLimited || problem.Code == fault.PairLimited) && wait > apiPatience && item.Message.RunID == "":
		return p.fail(item, problem, at)
	case problem.Reach.Marketing:
		wait = min(wait, recoveryWait) // if it is marketing, the rest that now begins moves it
		if !p.isMarketing(item.Message) {
			wait = problem.After
		}
	case wait <= 0:
		wait = rateWait
	}
	p.postpone(item, problem, "limit", p.desk.Now.Add(wait))
	return nil
}

// isMarketing tells whether a message is a marketing template.
func (p *pass) isMarketing(message chat.Message) bool {
	used := message.Content.Template
	if used == nil {
		return false
	}
	template, known := p.setup.Template(message.ChannelID, used.Name, used.Language)
	return known && template.Category == "MARKETING"
}

// The waits while something ill may recover.
const recoveryWait = time.Minute

// holdForRecovery keeps a follow-up or a flow's message until the channel or the template recovers, or it is too late.
// What a platform asked for fails at once.
func (p *pass) holdForRecovery(item desk.Item, problem *fault.Error, at time.Time) error {
	late := p.desk.Now.Sub(item.Message.CreatedAt)
	if item.Message.RunID == "" || late > p.maxLateness() {
		return p.fail(item, problem, at)
	}
	wait := recoveryWait
	if problem.Code == fault.TemplatePaused {
		wait = 10 * time.Minute
	}
	p.postpone(item, problem, "hold", p.desk.Now.Add(wait))
	return nil
}

func (p *pass) postpone(item desk.Item, problem *fault.Error, check string, until time.Time) {
	p.put(check)
	p.requeue(&item, until)
	item.Message.ErrorCode, item.Message.ErrorDetail = string(problem.Code), problem.Explained()
	item.Message.Log = append(item.Message.Log, p.entry(check, "later", problem.Explained(), map[string]any{
		"code": string(problem.Code), "until": until, "attempts": item.Attempts,
	}))
	p.desk.SaveItem(item)
}

// doubts finds sends whose worker has died: the claim's lease is over, and nobody will note an outcome any more.
func (p *pass) doubts() error {
	for _, item := range p.desk.Outbox {
		if item.State == desk.ItemWriting && p.desk.Now.Sub(item.ClaimedAt) >= desk.WritingLease {
			p.writeAgain(item, "o processo parou enquanto o assistente escrevia")
			continue
		}
		if item.State != desk.ItemSending || p.desk.Now.Sub(item.ClaimedAt) < p.worker.Lease {
			continue
		}
		if err := p.doubt(item, "o processo parou depois de reservar o envio; não se sabe se a mensagem saiu"); err != nil {
			return err
		}
	}
	return nil
}

// providerEntry is the decision log's line about the provider's answer.
func providerEntry(outcome desk.Outcome, took time.Duration) chat.LogEntry {
	entry := chat.LogEntry{At: outcome.At, Check: "provider", Verdict: "accepted", Values: map[string]any{"ms": took.Milliseconds()}}
	if outcome.Error != nil {
		problem := fault.Of(outcome.Error)
		entry.Verdict, entry.Reason = "failed", problem.Explained()
		entry.Values["code"] = string(problem.Code)
		if problem.Code == fault.Unconfirmed {
			entry.Verdict = "unconfirmed"
		}
	}
	return entry
}

func outcomeName(err error) string {
	if err == nil {
		return "accepted"
	}
	var problem *fault.Error
	if errors.As(err, &problem) {
		return string(problem.Code)
	}
	return string(fault.Internal)
}
