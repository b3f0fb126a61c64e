package desk

import "retoma/internal/chat"

// Deed is something that is done to a contact, with the facts that flows hear of it.
type Deed struct {
	// ExternalID names the deed: one that is known is not done again. Empty: it is always done.
	ExternalID string
	// ChannelID is the channel of the conversation that the facts belong to. Where the contact has none on it, and where it
	// is empty, that is the conversation in which somebody wrote last; a contact without any gets facts without one.
	ChannelID string
	// Do changes the contact and tells what happened, in order. It is called again if the commit has to be tried again.
	Do func(contact *chat.Contact) []chat.Event
}

// Carriage is a contact and what is done to it, in order.
type Carriage struct {
	ContactID string
	Deeds     []Deed
}

// DeedDone is what became of a deed.
type DeedDone struct {
	// EventID is the first fact's; of a deed that was done before, the one of then.
	EventID        string
	ConversationID string
	// Duplicate tells that the deed was done before; nothing was done now.
	Duplicate bool
}

// Carried is what became of deeds.
type Carried struct {
	Contact chat.Contact
	// Done has one entry per deed, in order.
	Done []DeedDone
	// Wake tells that the contact has something to be worked on now.
	Wake bool
}
