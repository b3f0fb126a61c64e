package sandbox

import (
	"encoding/json"
	"slices"
	"time"
)

// Message is a message as the customer's phone shows it.
type Message struct {
	ID string `json:"id"`
	// PhoneNumberID is the business at the other end.
	PhoneNumberID string `json:"phoneNumberId"`
	// From is "customer" or "business".
	From string `json:"from"`
	// Type is Meta's message type: text, template, interactive, button, image, document, audio, video, sticker, location, contacts,
	// reaction, order, system or unsupported.
	Type string    `json:"type"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	// Status is accepted, held, sent, delivered, read or failed. A customer's message is delivered once the business's callback
	// answered 200, and read once the business marked it so.
	Status   string        `json:"status"`
	Template *TemplateView `json:"template,omitempty"`
	// Interactive says what surrounds the text of an interactive message.
	Interactive *InteractiveView `json:"interactive,omitempty"`
	Buttons     []Button         `json:"buttons,omitempty"`
	// Cards are those of a carousel.
	Cards    []Card    `json:"cards,omitempty"`
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	// Contacts are contact cards in Meta's own form.
	Contacts json.RawMessage `json:"contacts,omitempty"`
	// Reactions are the emojis on this message, at most one of each side.
	Reactions []Reaction `json:"reactions,omitempty"`
	ReplyTo   string     `json:"replyTo,omitempty"`
	// Edited and Revoked: the customer changed it, or deleted it for everyone.
	Edited  bool `json:"edited,omitempty"`
	Revoked bool `json:"revoked,omitempty"`
	// Echo: the business wrote it on its own phone, not through the API.
	Echo bool `json:"echo,omitempty"`
	// GroupID is the group it was written in.
	GroupID string `json:"groupId,omitempty"`
	// Tracker is the biz_opaque_callback_data of the send.
	Tracker string `json:"tracker"`
	// Failure says why Status is failed.
	Failure *Failure `json:"failure,omitempty"`
}

// Location is a place in a message.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	URL       string  `json:"url,omitempty"`
}

// Reaction is an emoji on a message; From is "customer" or "business".
type Reaction struct {
	From  string `json:"from"`
	Emoji string `json:"emoji"`
}

// InteractiveView is the frame of an interactive message: Kind is button, list, cta_url, flow or location_request_message.
type InteractiveView struct {
	Kind   string `json:"kind"`
	Header string `json:"header,omitempty"`
	Footer string `json:"footer,omitempty"`
	// Button is the label that opens a list.
	Button string `json:"button,omitempty"`
}

// Failure is a provider's error code and its title.
type Failure struct {
	Code  int    `json:"code"`
	Title string `json:"title"`
}

// Values of Message.From and Message.Status.
const (
	FromCustomer = "customer"
	FromBusiness = "business"

	StatusAccepted  = "accepted"
	StatusHeld      = "held"
	StatusSent      = "sent"
	StatusDelivered = "delivered"
	StatusRead      = "read"
	StatusFailed    = "failed"
)

// entry is a message with what the sandbox must remember to carry it on.
type entry struct {
	Message
	phone *phone
	// gone is set when it was dropped from the phone for want of room; its statuses still go out.
	gone bool

	// pricing goes into its statuses.
	pricing *pricing
	// doom is the failure that awaits it instead of delivery; afterSent lets "sent" come first.
	doom      int
	afterSent bool
	// readWanted: the customer opened the chat before it was delivered.
	readWanted bool
	// skip: "delivered" is left out when the chat is open.
	skip bool
	// heldUntil is when a held template is released; heldDrop lets it fail then. template is what it was made of.
	heldUntil time.Time
	heldDrop  bool
	template  *compiledTemplate
	// silent: only "sent" is ever told, as of reactions.
	silent bool
	// planned: a timer for its next status is running.
	planned bool

	// onWay: one of its webhooks waits for its first answer; those in queue go after it. late is held back by shuffling.
	onWay bool
	queue []*delivery
	late  *delivery
}

// shown is the message as it is now, safe to keep.
func (e *entry) shown() Message {
	m := e.Message
	m.Reactions = slices.Clone(m.Reactions)
	return m
}

// next is the status that follows by itself and the pause before it; empty if it waits for the phone.
func (e *entry) next(d Delays) (string, time.Duration) {
	if e.From != FromBusiness || e.Echo || e.phone.Void {
		return "", 0
	}
	switch e.Status {
	case StatusAccepted:
		if e.doom != 0 && !e.afterSent {
			return StatusFailed, d.Sent
		}
		return StatusSent, d.Sent
	case StatusSent:
		return e.afterSending(d)
	case StatusDelivered:
		if e.phone.on && e.reads() {
			return StatusRead, d.Read
		}
	}
	return "", 0
}

func (e *entry) afterSending(d Delays) (string, time.Duration) {
	switch {
	case e.doom != 0:
		return StatusFailed, d.Delivered
	case e.silent || !e.phone.on:
		return "", 0
	case e.skip && e.reads():
		return StatusRead, d.Delivered + d.Read
	}
	return StatusDelivered, d.Delivered
}

// reads tells whether the customer has the chat open.
func (e *entry) reads() bool { return e.phone.reading || e.readWanted }

// react sets one side's emoji on a message; empty takes it away.
func (e *entry) react(from, emoji string) {
	e.Reactions = slices.DeleteFunc(e.Reactions, func(r Reaction) bool { return r.From == from })
	if emoji != "" {
		e.Reactions = append(e.Reactions, Reaction{From: from, Emoji: emoji})
	}
}

// allButtons are the buttons of a message and of its cards.
func (m Message) allButtons() []Button {
	buttons := slices.Clone(m.Buttons)
	for _, card := range m.Cards {
		buttons = append(buttons, card.Buttons...)
	}
	return buttons
}
