package worker

import (
	"retoma/internal/chat"
)

// marketingChosen obeys a choice that the customer made in WhatsApp itself. It concerns marketing messages only: whoever
// refused everything in words stays refused until words undo it, and what was chosen here outlives those words. A choice that is older than what is known comes too late.
// Nothing pending is cancelled here, because follow-ups that are no marketing may go on; each send is judged by what is
// chosen by then.
func (p *pass) marketingChosen(event chat.Event) {
	contact := p.desk.Contact
	at := notAfter(event.At, event.ReceivedAt)
	allowed, _ := event.Data["allowed"].(bool)
	contact.Limits = contact.Limits.Chose(!allowed, at)
	if !at.Before(contact.OptOutAt) && contact.OptOut != chat.OptOutAll {
		contact.OptOut, contact.OptOutAt = chat.OptOutMarketing, at
		if allowed {
			contact.OptOut, contact.Limits.Said = chat.OptOutNone, chat.OptOutNone
		}
	}
	p.desk.SaveContact(contact)
}
