package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// EveryEvent is the name under which a subscription wants all events, also those that are yet to be invented.
const EveryEvent = "*"

// Ping is the event that only a test of a subscription raises.
const Ping = "ping"

// What platforms are told of (api.md, Ways out). The rest have their names in chat, or are kinds of notifications.
const (
	followUpScheduled = "followup.scheduled"
	followUpSent      = "followup.sent"
	followUpFailed    = "followup.failed"
	followUpCancelled = "followup.cancelled"
	followUpResponded = "followup.responded"
	runFinished       = "run.finished"
	runFailed         = "run.failed"
	senderOffline     = "sender.offline"
	templatePaused    = "template.paused"
	optOut            = "optout"
	optIn             = "optin"
)

// OutgoingEvents are the events that a subscription may name, in the order in which they are shown.
func OutgoingEvents() []string {
	return []string{
		string(chat.MessageReceived), string(chat.ConversationStarted), string(chat.MessageStatus),
		followUpScheduled, followUpSent, followUpFailed, followUpCancelled, followUpResponded,
		runFinished, runFailed, senderOffline, templatePaused, string(chat.CommandUnknown), string(chat.CommandRefused),
		optOut, optIn, string(chat.ContactMerged),
	}
}

// KnownEvent tells whether a subscription may name an event.
func KnownEvent(name string) bool {
	return name == EveryEvent || slices.Contains(OutgoingEvents(), name)
}

// Announcement is a fact that somebody wants to know, as the database wrote it down in the fact's own transaction.
type Announcement struct {
	// Sequence grows with the facts: of two facts about one message or one contact, the later has the greater.
	Sequence  int64
	TenantID  string
	ContactID string
	Event     string
	// SubjectID is the row's that the fact is about: a message, a conversation, a follow-up, a run, a contact, a notification,
	// or a mail.
	SubjectID string
	At        time.Time
	// Facts are the parts of the row that may have changed since, as JSON; of a notification or a mail its whole body.
	Facts       string
	Subscribers []string

	// What the store found of it; nil for what does not exist any more.
	Contact      *chat.Contact
	Conversation *chat.Conversation
	Message      *chat.Message
	FollowUp     *flows.FollowUp
	Run          *flows.Run
}

// OutgoingEvent is what is told, word for word.
type OutgoingEvent struct {
	ID        string // the webhook-id
	TenantID  string
	ContactID string
	Event     string
	Sequence  int64
	At        time.Time
	Body      string
}

// Told is the body of every webhook (Standard Webhooks, "Payload structure").
type Told[D any] struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp" doc:"quando aconteceu"`
	Data      D         `json:"data"`
}

// Tell puts an announcement into the words that its subscribers read. now stands in where the fact has no time of its own.
func (a Announcement) Tell(id string, now time.Time) (OutgoingEvent, error) {
	at := a.At
	if at.IsZero() {
		at = now
	}
	body, err := json.Marshal(Told[any]{Type: a.Event, Timestamp: at.UTC(), Data: a.data(at)})
	if err != nil {
		return OutgoingEvent{}, fmt.Errorf("telling %s: %w", a.Event, err)
	}
	return OutgoingEvent{ID: id, TenantID: a.TenantID, ContactID: a.ContactID, Event: a.Event, Sequence: a.Sequence, At: at, Body: string(body)}, nil
}

// TellPing is the event of a test.
func TellPing(id string, subscription Subscription, now time.Time) (OutgoingEvent, error) {
	body, err := json.Marshal(Told[any]{Type: Ping, Timestamp: now.UTC(), Data: PingTold{SubscriptionID: subscription.ID}})
	if err != nil {
		return OutgoingEvent{}, fmt.Errorf("telling a ping: %w", err)
	}
	return OutgoingEvent{ID: id, TenantID: subscription.TenantID, Event: Ping, At: now, Body: string(body)}, nil
}

func (a Announcement) data(at time.Time) any {
	switch a.Event {
	case string(chat.MessageReceived):
		return a.received(at)
	case string(chat.ConversationStarted):
		return ConversationTold{Whose: a.whose()}
	case string(chat.MessageStatus):
		return a.status()
	case followUpScheduled, followUpSent, followUpFailed, followUpCancelled, followUpResponded:
		return a.followUp()
	case runFinished, runFailed:
		return a.run()
	case optOut, optIn:
		var facts struct {
			Scope chat.OptOut `json:"scope"`
		}
		a.read(&facts)
		if a.Event == optIn {
			return OptInTold{Whose: a.whose(), Scope: facts.Scope}
		}
		return OptOutTold{Whose: a.whose(), Scope: facts.Scope}
	case string(chat.CommandUnknown):
		return CommandTold{Whose: a.whose(), EventID: a.SubjectID, Command: a.mail().Data}
	case string(chat.CommandRefused):
		return a.refused()
	case string(chat.ContactMerged):
		return a.merged()
	}
	return a.notification()
}

// read reads the facts. What the database wrote is always JSON; where it is not, what is told stays empty.
func (a Announcement) read(into any) {
	if err := json.Unmarshal([]byte(a.Facts), into); err != nil {
		return
	}
}

func (a Announcement) mail() chat.Event {
	var event chat.Event
	a.read(&event)
	return event
}
