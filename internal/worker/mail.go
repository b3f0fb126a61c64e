package worker

import (
	"fmt"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// mail handles what came in, in order. Everything is undone when one event fails; that event is then counted.
func (p *pass) mail() error {
	now := p.desk.Now
	for _, mail := range p.desk.Mail {
		p.desk.Now = p.desk.MailTime(mail, now)
		err := p.handle(mail.Event)
		p.desk.Now = now
		if err != nil {
			return &mailError{event: mail.Event, cause: err}
		}
		p.desk.Changes.Handled = append(p.desk.Changes.Handled, mail.Event.ID)
	}
	return nil
}

func (p *pass) handle(event chat.Event) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	p.follow(event)
	defer func() { p.told = "" }()
	p.learnIdentity(event)
	switch event.Name {
	case chat.MergeWanted:
		return nil // it was carried out before anything was looked at
	case chat.NumberLost:
		p.loseNumber(event)
		return nil
	case chat.ContactMerged:
		return p.merged(event)
	case chat.MessageReceived:
		return p.customerWrote(event)
	case chat.MessageEcho:
		return p.personWrote(event)
	case chat.AgentWrote, chat.BotStopped:
		return p.agentWrote(event)
	case chat.MessageStatus:
		return p.delivered(event)
	case chat.Enrol:
		return p.enrol(event)
	case chat.ContactChanged:
		return p.contactChanged(event)
	case chat.MarketingChosen:
		p.marketingChosen(event)
		return nil
	case chat.FollowUpSkipped:
		return p.skipFollowUp(event)
	case chat.StageEntered, chat.TagAdded, chat.StatusChanged:
		return p.contactMoved(event)
	}
	return p.start(event)
}

// customerWrote is the heart of "never after the reply": the window opens, the last follow-up is answered, waiting runs
// hear it, and only then may a flow start.
func (p *pass) customerWrote(event chat.Event) error {
	conversation, known := p.desk.Conversation(event.ConversationID)
	if !known || event.Message == nil {
		return fmt.Errorf("a message without its conversation or content")
	}
	first := conversation.CustomerAt.IsZero()
	p.keepInbound(event, chat.Inbound, chat.FromCustomer, chat.Received)
	if !event.Message.Content.SpeaksForCustomer() {
		return nil
	}
	opens := event.Message.Content.OpensWindow()
	conversation = conversation.Heard(notAfter(event.At, event.ReceivedAt), opens)
	conversation.CustomerNumber = max(conversation.CustomerNumber, event.Number)
	p.desk.SaveConversation(conversation)
	p.answered()
	p.heardFrom()
	p.answeredReplacements()
	p.nameContact(event.Message.ProfileName)
	p.credit(event)
	if stopped, err := p.optOut(event, conversation); stopped || err != nil {
		return err
	}
	if opens {
		p.unpark(conversation.ID)
	}
	taken, err := p.tellReply(event)
	if err != nil || taken {
		return err
	}
	if first {
		started := event
		started.Name = chat.ConversationStarted
		if err := p.start(started); err != nil {
			return err
		}
	}
	return p.start(event)
}

// answered lets attempts begin anew on every channel: the customer has written.
func (p *pass) answered() {
	for _, one := range p.desk.Conversations {
		if one, _ = p.desk.Conversation(one.ID); one.Unanswered != "" {
			one.Unanswered = ""
			p.desk.SaveConversation(one)
		}
	}
}

// keepInbound writes the message into the conversation's history, under the event's own id.
func (p *pass) keepInbound(event chat.Event, direction chat.Direction, origin chat.Origin, state chat.MessageState) {
	p.desk.Changes.NewMessages = append(p.desk.Changes.NewMessages, chat.Message{
		ID: event.ID, TenantID: event.TenantID, ContactID: event.ContactID, ConversationID: event.ConversationID, ChannelID: event.ChannelID,
		Direction: direction, Origin: origin, ExternalID: event.ExternalID, State: state, Content: event.Message.Content,
		ReplyTo: event.Message.ReplyTo, ClaimNumber: event.Number, CreatedAt: event.ReceivedAt, At: event.At,
	})
	if revoked := event.Message.Content.RevokedID(); revoked != "" {
		p.desk.Changes.Revocations = append(p.desk.Changes.Revocations, desk.Revocation{
			TenantID: event.TenantID, ChannelID: event.ChannelID, ExternalID: revoked, Direction: direction, At: notAfter(event.At, event.ReceivedAt),
		})
	}
}

func (p *pass) nameContact(name string) {
	if p.desk.Contact.Name == "" && name != "" {
		contact := p.desk.Contact
		contact.Name = name
		p.desk.SaveContact(contact)
	}
}

// creditWindow is how long after a follow-up a reply still counts as its answer (domain.md section 8).
const creditWindow = 7 * 24 * time.Hour

// credit counts the reply for the last follow-up that was sent to the contact, once.
func (p *pass) credit(event chat.Event) {
	contact := p.desk.Contact
	if contact.LastFollowUpID == "" {
		return
	}
	if event.At.Sub(contact.LastFollowUpAt) <= creditWindow {
		p.desk.Changes.Credit = &desk.Credit{FollowUpID: contact.LastFollowUpID, At: latest(event.At, contact.LastFollowUpAt)}
	}
	contact.LastFollowUpID, contact.LastFollowUpAt = "", time.Time{}
	p.desk.SaveContact(contact)
}

// unpark lets what waited for the customer's answer go first, in order.
func (p *pass) unpark(conversationID string) {
	for _, item := range p.desk.Outbox {
		if item.State == desk.ItemParked && item.Message.ConversationID == conversationID {
			item.State, item.DueAt, item.Message.State = desk.ItemPending, p.desk.UnparkedAt(item), chat.Queued
			item.Message.Log = append(item.Message.Log, p.entry("parking", "go", "o cliente respondeu", nil))
			p.desk.SaveItem(item)
		}
	}
}

// tellReply tells every run of the contact. A run that waits for a reply only hears the one of its own conversation, and
// then the message has found its reader: it starts nothing else.
func (p *pass) tellReply(event chat.Event) (taken bool, err error) {
	for _, run := range p.waitingRuns() {
		waits := run.Wait.Reply
		if waits && run.ConversationID != event.ConversationID || spokenBefore(event, run) {
			continue
		}
		if err := p.advance(run, flows.Input{Kind: flows.Reply, Event: &event}); err != nil {
			return false, err
		}
		taken = taken || waits
	}
	return taken, nil
}

// spokenBefore tells whether the customer wrote before the run began: a webhook that came late is no answer to what it
// could not know of.
func spokenBefore(event chat.Event, run flows.Run) bool {
	return !event.At.IsZero() && event.At.Add(chat.SameMoment).Before(run.StartedAt)
}

// personWrote notes that a person of the business took over.
func (p *pass) personWrote(event chat.Event) error {
	conversation, known := p.desk.Conversation(event.ConversationID)
	if !known || event.Message == nil {
		return fmt.Errorf("an echo without its conversation or content")
	}
	p.keepInbound(event, chat.Outbound, chat.FromPerson, chat.Sent)
	at := notAfter(event.At, event.ReceivedAt)
	conversation.OutboundAt = latest(conversation.OutboundAt, at)
	if err := p.takeOver(event, conversation); err != nil || at.Before(conversation.CustomerAt) {
		return err // what was typed before the customer's last message waits for no answer
	}
	return p.spoke(conversation, event.ID, at)
}

// agentWrote notes that a person took over by a message through us; it is in the outbox like any other.
func (p *pass) agentWrote(event chat.Event) error {
	conversation, known := p.desk.Conversation(event.ConversationID)
	if !known {
		return fmt.Errorf("a takeover without its conversation")
	}
	return p.takeOver(event, conversation)
}

func (p *pass) takeOver(event chat.Event, conversation chat.Conversation) error {
	conversation.AgentAt = latest(conversation.AgentAt, notAfter(event.At, event.ReceivedAt))
	p.desk.SaveConversation(conversation)
	for _, run := range p.waitingRuns() {
		if err := p.advance(run, flows.Input{Kind: flows.Human, Event: &event}); err != nil {
			return err
		}
	}
	return nil
}

// delivered handles a delivery state that somebody waits for.
func (p *pass) delivered(event chat.Event) error {
	status := event.Status
	if status == nil {
		return fmt.Errorf("a delivery state without its content")
	}
	if status.State != chat.Failed {
		p.reached(status.State)
		if err := p.sentBefore(*status); err != nil {
			return err
		}
	}
	item, waiting := p.desk.Item(status.Tracker)
	if !waiting {
		return p.failedAfterwards(event)
	}
	if item.State == desk.ItemPending {
		return nil // an earlier try of a message that is tried again; its own result comes
	}
	item.Message.ExternalID = status.MessageExternalID
	problem := status.Problem()
	item.Message.Log = append(item.Message.Log, p.entry("status", string(status.State), problem.Explained(), nil))
	if status.State == chat.Failed {
		p.learn(problem, item.Message, status.At)
		p.forgetFiles(item.Message, problem)
		if p.replace(item, problem, status.At) {
			return nil
		}
		return p.fail(item, problem, status.At)
	}
	return p.accept(item, status.State, notAfter(endOfSecond(status.At), event.ReceivedAt))
}

// endOfSecond is the latest moment that a time in whole seconds may mean. What counts from a send that only a report told of counts
// from then: from the second's beginning it would come up to a second too early.
func endOfSecond(at time.Time) time.Time {
	return at.Truncate(time.Second).Add(time.Second - time.Millisecond)
}

// failedAfterwards moves a follow-up that had counted as sent: the provider withdrew before delivery. What ends a run as
// an answer ends it as a later report, too.
func (p *pass) failedAfterwards(event chat.Event) error {
	if event.Status.State != chat.Failed {
		return nil
	}
	problem := event.Status.Problem()
	refused, err := p.worker.Store.Message(p.ctx, event.TenantID, event.Status.Tracker)
	if err != nil {
		return err
	}
	p.learn(problem, refused, event.Status.At)
	p.forgetFiles(refused, problem)
	if refused.At.IsZero() {
		return nil // it was never accepted: the answer to the send said the same before
	}
	if err := p.tellAll(flows.Input{Kind: flows.Refused, MessageID: event.Status.Tracker}); err != nil {
		return err
	}
	if replaced := p.replaceSent(refused, problem, event.Status.At); replaced {
		return nil
	}
	p.desk.Changes.FailedFollowUps = append(p.desk.Changes.FailedFollowUps, desk.FailedFollowUp{
		MessageID: event.Status.Tracker, At: event.Status.At, ErrorCode: event.Status.ErrorCode,
		Log: []chat.LogEntry{p.entry("status", "failed", problem.Explained(), map[string]any{"code": event.Status.ErrorCode})},
	})
	p.desk.Notify("message.failed", "Mensagem não entregue", "O provedor recusou uma mensagem depois de aceitá-la: "+event.Status.ErrorCode+". "+problem.Explained(),
		map[string]any{"messageId": event.Status.Tracker, "code": event.Status.ErrorCode, "contactId": event.ContactID})
	if !fault.Code(event.Status.ErrorCode).EndsRun() {
		return nil
	}
	for _, run := range p.waitingRuns() {
		if run.ID == event.Data["runId"] {
			return p.advance(run, flows.Input{Kind: flows.Stop, Reason: whyEnded(problem)})
		}
	}
	return nil
}

// whyEnded is why a run ends with a failure that was reported later, in our words where there are any.
func whyEnded(problem *fault.Error) string {
	if problem.Message == "" {
		return "o provedor recusou a mensagem anterior (" + string(problem.Code) + ")"
	}
	return "o provedor recusou a mensagem anterior: " + problem.Message
}

// reached notes that something was delivered to a contact who could not be reached before.
func (p *pass) reached(state chat.MessageState) {
	contact := p.desk.Contact
	switch state {
	case chat.Delivered, chat.Read, chat.Played:
		if contact.Limits != contact.Limits.Reached() {
			contact.Limits = contact.Limits.Reached()
			p.desk.SaveContact(contact)
		}
	}
}

// heardFrom notes that the customer wrote, which undoes what was believed of being out of reach.
func (p *pass) heardFrom() {
	contact := p.desk.Contact
	if contact.Limits != contact.Limits.Spoke() {
		contact.Limits = contact.Limits.Spoke()
		p.desk.SaveContact(contact)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// notAfter caps a teller's clock by ours.
func notAfter(at, limit time.Time) time.Time {
	if at.IsZero() || at.After(limit) {
		return limit
	}
	return at
}
