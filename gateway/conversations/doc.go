// Package conversations is for those who talk with customers: contacts, conversations, messages and what is attached to them, and
// the two actions that send.
// It must not know how a message leaves the outbox, nor the other families.
// Start reading at conversations.go; conversation_messages.go is how a person writes.
package conversations
