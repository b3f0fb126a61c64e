package triggers

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// MessageReceived starts a flow when a customer sends a message (whatsapp-automation.md, "Mensagem WhatsApp Recebida").
// Reactions, edits and notices are no messages, and what is said in a group is not said to us.
type MessageReceived struct{}

// Name is the event's name.
func (MessageReceived) Name() string { return string(chat.MessageReceived) }

// Match accepts what a customer says.
func (MessageReceived) Match(event chat.Event, _ *flows.Flow) (map[string]any, bool) {
	return nil, saidByCustomer(event)
}

func saidByCustomer(event chat.Event) bool {
	return event.Message != nil && event.Message.Group == "" && event.Message.Content.SpeaksForCustomer()
}
