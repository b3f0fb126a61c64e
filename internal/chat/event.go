package chat

import (
	"time"

	"retoma/internal/fault"
)

// EventName is what happened, normalised. Platforms may use names of their own.
type EventName string

// The events that retoma itself knows (domain.md: Event).
const (
	MessageReceived     EventName = "message.received"
	MessageEcho         EventName = "message.echo" // a person wrote on the business's own phone
	AgentWrote          EventName = "agent.wrote"  // a person wrote through us; the message itself is in the outbox
	MessageSent         EventName = "message.sent" // we wrote, by any way out, something that is no follow-up; retoma's own worker raises it
	ConversationStarted EventName = "conversation.started"
	MessageStatus       EventName = "message.status"
	Enrol               EventName = "enrol" // somebody puts the contact into a flow, or takes it out
	CommandUnknown      EventName = "command.unknown"
	CommandRefused      EventName = "command.refused" // a flow's command was not carried out; Data says which, why and where
	BotStopped          EventName = "bot.stopped"     // a flow handed the conversation to a person (stopBot)
	CallCompleted       EventName = "call.completed"
	DealCreated         EventName = "deal.created"
	StageEntered        EventName = "contact.stage_entered"
	TagAdded            EventName = "contact.tag_added"
	StatusChanged       EventName = "contact.status_changed"
	ContactChanged      EventName = "contact.changed"          // wakes the contact's runs; starts nothing
	ContactMerged       EventName = "contact.merged"           // two contacts turned out to be one person; Data names the one that is gone (mergedContactId)
	MergeWanted         EventName = "contact.merge_wanted"     // a message named two contacts: they become one before anything else; Data names both (contactIds)
	NumberLost          EventName = "contact.number_lost"      // somebody else has the contact's number now; Data names it (phoneKey)
	FollowUpSkipped     EventName = "followup.skipped"         // somebody skips a follow-up whose next step acts at once; Data names it (followUpId)
	MarketingChosen     EventName = "contact.marketing_chosen" // in WhatsApp itself the customer refused marketing messages or allowed them; Data tells which (allowed)
)

// Event is a fact that came in. (ChannelID, ExternalID) is unique: that is the de-duplication.
type Event struct {
	ID             string    `json:"id"`
	TenantID       string    `json:"tenantId"`
	ChannelID      string    `json:"channelId,omitempty"`
	ContactID      string    `json:"contactId,omitempty"`
	ConversationID string    `json:"conversationId,omitempty"`
	Name           EventName `json:"name"`
	ExternalID     string    `json:"externalId,omitempty"`
	// At is when it happened by the teller's clock; ReceivedAt is when we wrote it down.
	At         time.Time `json:"at"`
	ReceivedAt time.Time `json:"receivedAt"`
	// Number is the place in the contact's mailbox.
	Number int64 `json:"number,omitempty"`
	// Identity is what the event tells of the contact's address, where that is news.
	Identity *Identity       `json:"identity,omitempty"`
	Message  *InboundMessage `json:"message,omitempty"`
	Status   *Status         `json:"status,omitempty"`
	Enrol    *Enrolment      `json:"enrol,omitempty"`
	// Missed is what runs of the contact have not heard; [ContactMerged] has it.
	Missed []Missed       `json:"missed,omitempty"`
	Data   map[string]any `json:"data,omitempty"`
	// Trace is the traceparent of what wrote the event down; empty where nothing is traced.
	Trace string `json:"trace,omitempty"`
}

// Missed is what was said to another contact that turned out to be the same person, and the runs that did not hear it.
type Missed struct {
	Event  Event    `json:"event"`
	RunIDs []string `json:"runIds"`
}

// CountsAsMail tells whether the event raises the mailbox, so that no send may pass it unread.
// Everything that somebody outside said or ordered does; delivery states do not (domain.md section 5).
func (e Event) CountsAsMail() bool { return e.Name != MessageStatus }

// MergeContacts are the two contacts that a [MergeWanted] names.
func (e Event) MergeContacts() []string { return e.Texts("contactIds") }

// Texts reads a list of texts in Data, as it was made or as it comes back from JSON.
func (e Event) Texts(name string) []string {
	switch list := e.Data[name].(type) {
	case []string:
		return list
	case []any:
		var texts []string
		for _, one := range list {
			if text, is := one.(string); is {
				texts = append(texts, text)
			}
		}
		return texts
	}
	return nil
}

// InboundMessage is what a customer (or a person of the business, for echoes) wrote.
type InboundMessage struct {
	Content     Content        `json:"content"`
	ProfileName string         `json:"profileName,omitempty"`
	ReplyTo     string         `json:"replyTo,omitempty"`
	ReplyToFrom string         `json:"replyToFrom,omitempty"`
	Forwarded   bool           `json:"forwarded,omitempty"`
	Group       string         `json:"group,omitempty"`
	Referral    map[string]any `json:"referral,omitempty"`
}

// Status is a delivery state that the provider reported.
type Status struct {
	// MessageExternalID is the provider's id of the message; Tracker is our own id if it travelled with it.
	MessageExternalID string       `json:"messageExternalId"`
	Tracker           string       `json:"tracker,omitempty"`
	Account           string       `json:"account,omitempty"`
	State             MessageState `json:"state"`
	At                time.Time    `json:"at"`
	ErrorCode         string       `json:"errorCode,omitempty"` // a fault.Code
	ErrorDetail       string       `json:"errorDetail,omitempty"`
	// Explanation and Remedy are for people (Portuguese): what the failure means, and what to do about it.
	Explanation string      `json:"explanation,omitempty"`
	Remedy      string      `json:"remedy,omitempty"`
	Reach       fault.Reach `json:"reach,omitzero"`
	Category    string      `json:"category,omitempty"`
	Billable    *bool       `json:"billable,omitempty"`
	// PriceType says why the message cost or cost nothing: "regular", "free_customer_service", "free_entry_point".
	PriceType string `json:"priceType,omitempty"`
	// FreeUntil is the end of the free time that an ad or a page's button began; zero: there is none.
	FreeUntil time.Time `json:"freeUntil,omitzero"`
	Recipient []Key     `json:"recipient,omitempty"`
}

// Problem is a failed state as the failure that an answer to the send would have been.
func (s Status) Problem() *fault.Error {
	return &fault.Error{
		Code: fault.Code(s.ErrorCode), Message: s.Explanation, Remedy: s.Remedy, Detail: s.ErrorDetail, Reach: s.Reach, After: s.Reach.CoolDown,
	}
}

// Enrolment asks that a contact enter a flow or leave the group that FlowID's flow belongs to.
type Enrolment struct {
	// FlowID is the flow to enter; empty removes from whatever is active in Group.
	FlowID string `json:"flowId,omitempty"`
	// Group is the exclusive group, such as "model".
	Group string `json:"group,omitempty"`
	// Source is who asked: "api", "command", "conversation", "list", "test".
	Source string `json:"source"`
	// OnlyNode, when set, sends just that node's message once (send-test).
	OnlyNode string `json:"onlyNode,omitempty"`
	// At, with OnlyNode, is when a person wants that node's follow-up sent; zero sends it at once. Without OnlyNode it is
	// the moment from which the flow counts, if it is later than the enrolment.
	At time.Time `json:"at,omitzero"`
	// IfEnrolled is what happens to a contact who is in the group already: "keep" changes nothing, "restart" begins anew even
	// if it is the same flow, "replace" and empty: the same flow changes nothing, another one replaces it.
	IfEnrolled string `json:"ifEnrolled,omitempty"`
	// OnReply, when set, is used in place of the flow's own: "stop", "continue" or "restart".
	OnReply string `json:"onReply,omitempty"`
	// Reason is why the contact is taken out, as lists show it; empty: the usual text.
	Reason string         `json:"reason,omitempty"`
	Vars   map[string]any `json:"vars,omitempty"`
}
