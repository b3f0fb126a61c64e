package entrance

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	Channel(ctx context.Context, tenantID, id string) (chat.Channel, error)
	Channels(ctx context.Context, tenantID string) ([]chat.Channel, error)
	ContactWords(ctx context.Context, tenantID, contactID string, key chat.Key, since time.Time, limit int) (desk.Words, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	ContactByKeys(ctx context.Context, tenantID string, keys []chat.Key) (chat.Contact, error)
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
	Document(ctx context.Context, tenantID string, kind flows.DocumentKind, ref chat.Ref) (flows.Document, error)
	Documents(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Document, error)
	FollowUps(ctx context.Context, tenantID string, filter chat.FollowUpFilter) ([]flows.FollowUpView, error)
	// Notify notes one; the same id is noted once.
	Notify(ctx context.Context, n desk.Notification) error
	EnsureConversation(ctx context.Context, tenantID, channelID string, keys []chat.Key, phone, name string) (desk.Accepted, error)
	CarryAll(ctx context.Context, tenantID string, all []desk.Carriage) ([]desk.Carried, error)
	ChannelByToken(ctx context.Context, token string) (chat.Channel, error)
	// Message is asked for only where requests are traced.
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	Tell(ctx context.Context, tenantID string, told []desk.ChannelNews) (desk.Heard, error)
}
