package triggers

import (
	"retoma/flows"
	"retoma/internal/chat"
)

// ConversationStarted starts a flow with a new conversation (whatsapp-automation.md, "Conversa WhatsApp Iniciada"):
// one that the customer opened, whose first message is in the payload, or one that we opened, without a message.
type ConversationStarted struct{}

// Name is the event's name.
func (ConversationStarted) Name() string { return string(chat.ConversationStarted) }

// Match accepts the event unless its message is no customer speaking to us.
func (ConversationStarted) Match(event chat.Event, _ *flows.Flow) (map[string]any, bool) {
	return nil, event.Message == nil || saidByCustomer(event)
}
