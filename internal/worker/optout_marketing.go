package worker

import (
	"retoma/internal/chat"
)

// marketingChosen obeys a choice that the customer made in WhatsApp itself. It concerns marketing messages only: whoever
// refused everything in words stays refused until words undo it. A choice that is older than what is known comes too late.
// Nothing pending is cancelled here, because follow-ups that are no marketing may go on; each send is judged by what is
// chosen by then.
func (p *pass) marketingChosen(event chat.Event) {
	contact := p.desk.Contact
	at := notAfter(event.At, event.ReceivedAt)
	if at.Before(contact.OptOutAt) || contact.OptOut == chat.OptOutAll {
		return
	}
	contact.OptOut, contact.OptOutAt = chat.OptOutMarketing, at
	if allowed, _ := event.Data["allowed"].(bool); allowed {
		contact.OptOut = chat.OptOutNone
	}
	p.desk.SaveContact(contact)
}
