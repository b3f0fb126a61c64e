package assistants

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	CreateAssistant(ctx context.Context, a chat.Assistant) (chat.Assistant, error)
	Assistant(ctx context.Context, tenantID, id string) (chat.Assistant, error)
	Assistants(ctx context.Context, tenantID string) ([]chat.Assistant, error)
	ChangeAssistant(ctx context.Context, tenantID, id string, change func(*chat.Assistant) error) (chat.Assistant, error)
	AIDays(ctx context.Context, tenantID, assistantID, from, to string) ([]chat.AIDay, error)
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	Conversations(ctx context.Context, tenantID string, filter chat.ConversationFilter) ([]chat.Conversation, error)
	EnsureTalk(ctx context.Context, tenantID string, keys []chat.Key, phone string) (desk.Accepted, error)
	RecallTalk(ctx context.Context, tenantID, conversationID, assistantID string, limit int) ([]chat.Message, error)
	RememberTalk(ctx context.Context, talk desk.Talk) error
	// History is a conversation's last messages, received or sent, oldest first.
	History(ctx context.Context, tenantID, conversationID string, limit int) ([]chat.Message, error)
}

// Configs ends what assistants began by themselves.
type Configs interface {
	// DeleteConfigsOf removes the follow-up configurations of an assistant that is no more.
	DeleteConfigsOf(ctx context.Context, tenantID, assistantID string) error
}
