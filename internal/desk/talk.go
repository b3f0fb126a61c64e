package desk

import "retoma/internal/chat"

// Talk is a piece of a conversation that an assistant remembers, where a platform itself carries the messages.
type Talk struct {
	TenantID       string
	ConversationID string
	AssistantID    string
	// Messages are who said what, oldest first; only Direction and the text count.
	Messages []chat.Message
	// Request is the idempotent request that asked for it; its answer is kept in the same commit. Nil for none.
	Request *Request
}
