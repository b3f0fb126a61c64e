package sandbox

import "time"

// Message is a message as the customer's phone shows it.
type Message struct {
	ID string `json:"id"`
	// PhoneNumberID is the business at the other end.
	PhoneNumberID string `json:"phoneNumberId"`
	// From is "customer" or "business".
	From string `json:"from"`
	// Type is Meta's message type: text, template, interactive, button, image, document, audio, video or sticker.
	Type string    `json:"type"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	// Status is accepted, sent, delivered, read or failed. A customer's message is delivered once the business's callback
	// answered 200, and read once the business marked it so.
	Status   string        `json:"status"`
	Template *TemplateView `json:"template,omitempty"`
	Buttons  []Button      `json:"buttons,omitempty"`
	Media    *Media        `json:"media,omitempty"`
	ReplyTo  string        `json:"replyTo,omitempty"`
	// Tracker is the biz_opaque_callback_data of the send.
	Tracker string `json:"tracker"`
	// Failure says why Status is failed.
	Failure *Failure `json:"failure,omitempty"`
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
	// planned: a timer for its next status is running.
	planned bool

	// onWay: one of its webhooks waits for its first answer; those in queue go after it. late is held back by shuffling.
	onWay bool
	queue []*delivery
	late  *delivery
}

// next is the status that follows by itself and the pause before it; empty if it waits for the phone.
func (e *entry) next(d Delays) (string, time.Duration) {
	switch {
	case e.From != FromBusiness:
	case e.Status == StatusAccepted && e.doom != 0 && !e.afterSent:
		return StatusFailed, d.Sent
	case e.Status == StatusAccepted:
		return StatusSent, d.Sent
	case e.Status == StatusSent && e.doom != 0:
		return StatusFailed, d.Delivered
	case e.Status == StatusSent && e.phone.on:
		return StatusDelivered, d.Delivered
	case e.Status == StatusDelivered && e.phone.on && (e.phone.reading || e.readWanted):
		return StatusRead, d.Read
	}
	return "", 0
}
