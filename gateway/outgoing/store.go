package outgoing

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	ContactByKeys(ctx context.Context, tenantID string, keys []chat.Key) (chat.Contact, error)
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	File(ctx context.Context, tenantID, id string) (chat.File, error)
	EnsureConversation(ctx context.Context, tenantID, channelID string, keys []chat.Key, phone, name string) (desk.Accepted, error)
	Enqueue(ctx context.Context, item desk.Item, horizon time.Time) error
	ConversationOn(ctx context.Context, tenantID, contactID, channelID string) (chat.Conversation, error)
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
	// UnreadMessages are what the customer wrote in a conversation and no worker has read yet, in order.
	UnreadMessages(ctx context.Context, tenantID, conversationID string) ([]chat.Event, error)
	Templates(ctx context.Context, tenantID, channelID string) ([]chat.Template, error)
	Template(ctx context.Context, tenantID, id string) (chat.Template, error)
}
