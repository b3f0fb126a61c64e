package conversations

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Channel(ctx context.Context, tenantID, id string) (chat.Channel, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	Contacts(ctx context.Context, tenantID string, filter chat.ContactFilter) ([]chat.Contact, error)
	ContactKeys(ctx context.Context, tenantID, contactID string) ([]chat.ContactKey, error)
	GiveKeys(ctx context.Context, tenantID, contactID string, give, drop []chat.Key) error
	Merge(ctx context.Context, wanted desk.Merge) (desk.Merged, error)
	// Erase begins to forget a contact, and FinishErasure removes what is left of it: fault.Conflict while a send is under way.
	Erase(ctx context.Context, tenantID, contactID string) (erasedID string, err error)
	FinishErasure(ctx context.Context, contactID string) error
	// Export reads everything that is kept of a contact.
	Export(ctx context.Context, tenantID, contactID string, to desk.Held) error
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
	Conversations(ctx context.Context, tenantID string, filter chat.ConversationFilter) ([]chat.Conversation, error)
	ChangeConversation(ctx context.Context, tenantID, conversationID string, change func(*chat.Conversation) error) (chat.Conversation, error)
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	File(ctx context.Context, tenantID, id string) (chat.File, error)
	Files(ctx context.Context, tenantID string, filter chat.FileFilter) ([]chat.File, error)
	DeleteFile(ctx context.Context, tenantID, id string) error
	FetchAgain(ctx context.Context, tenantID, messageID string) (int64, error)
	Messages(ctx context.Context, tenantID string, filter chat.MessageFilter) ([]chat.Message, error)
	Parked(ctx context.Context, tenantID, conversationID string) ([]chat.Message, error)
	ResolveMessage(ctx context.Context, tenantID, id, as string) (chat.Message, error)
	EnsureConversation(ctx context.Context, tenantID, channelID string, keys []chat.Key, phone, name string) (desk.Accepted, error)
	Withdraw(ctx context.Context, tenantID, messageID, reason string) (chat.Message, error)
}
