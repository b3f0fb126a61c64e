package desk

import (
	"time"

	"retoma/internal/chat"
)

// Arrival is one fact that came in, before the contact is known.
type Arrival struct {
	TenantID  string
	ChannelID string // the conversation's channel; empty if the event belongs to no conversation
	// Keys name the person; any that is known decides who it is, and the others are learned.
	Keys []chat.Key
	// ContactID names the person directly; Keys are then not needed, and if given they are more of that person's.
	ContactID string
	// Evidence tells that the provider itself names all of Keys for one person: contacts that they name turn out to be one.
	// Without it Keys are ways to look somebody up, of which the first that is known decides.
	Evidence bool
	// Provider is the adapter's name and Business whose channel it is (chat.Channel.Portfolio): where keys that are learned
	// are valid.
	Provider, Business string
	// Phone and Name are for a contact that has to be made.
	Phone string
	Name  string
	// Became are the keys that the person has from now on, and BecamePhone the number, when the provider says that somebody
	// changed number; Keys are then the old ones.
	Became      []chat.Key
	BecamePhone string
	// NoContact refuses to make a contact: an unknown person is then an error fault.NotFound.
	NoContact bool
	// Apart asks for the contact's one conversation without a channel, in which nothing is sent: a platform carries its
	// messages, and an assistant remembers them.
	Apart bool
	// OnlyPerson makes or finds the contact and the conversation, and puts nothing into the inbox.
	OnlyPerson bool
	Event      chat.Event
}

// Accepted is what became of an arrival.
type Accepted struct {
	ContactID      string
	ConversationID string
	EventID        string
	// Duplicate tells that the same event had arrived before; nothing was written.
	Duplicate bool
	// NewContact and NewConversation tell what had to be made.
	NewContact      bool
	NewConversation bool
}

// StatusArrival is a delivery state that a channel's provider reported.
type StatusArrival struct {
	TenantID  string
	ChannelID string
	// Provider and Business are where the recipient's keys are valid, as in [Arrival].
	Provider, Business string
	Status             chat.Status
	// Confirms asks to be told which message of ours the state confirms (Written.Confirmed).
	Confirms bool
}

// RejectedItem is a part of a webhook that could not be read; it is kept for people to look at.
type RejectedItem struct {
	TenantID  string
	ChannelID string
	Reason    string
	Raw       string
}

// What people are told differently of rejected items: what was said in a group is kept, never answered, and no trouble of the
// channel's; the reason of an item that is about nobody's number begins with ReasonUnknownAccount.
const (
	ReasonGroup          = "grupo"
	ReasonUnknownAccount = "conta desconhecida"
)

// RejectedReason is how often parts of webhooks were rejected for one reason, and when last.
type RejectedReason struct {
	Reason string
	Count  int
	Last   time.Time
}

// Ref names a contact that has something to be worked on.
type Ref struct {
	TenantID  string
	ContactID string
}

// Written is what became of an intake.
type Written struct {
	// Accepted has one entry per arrival, in order.
	Accepted []Accepted
	// Wake are the contacts that have something to be worked on now.
	Wake []Ref
	// StatusesUnknown counts delivery states of messages that are not ours.
	StatusesUnknown int
	// Confirmed are the messages that were reported as sent, by channel, where that was asked for.
	Confirmed map[string][]Confirmation
	// Fetch tells that customers sent files which are to be fetched now.
	Fetch bool
}

// Intake is what one request brought: facts about people, delivery states, and items that could not be read.
type Intake struct {
	Arrivals []Arrival
	Statuses []StatusArrival
	Rejected []RejectedItem
}

// KeptItem is a rejected item as it is kept.
type KeptItem struct {
	ID         string
	Reason     string
	Raw        string
	ReceivedAt time.Time
}
