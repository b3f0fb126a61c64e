package store

import (
	"context"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// The roles of a remembered text.
const (
	roleUser      = "user"
	roleAssistant = "assistant"
)

// EnsureTalk finds or makes the contact that the keys name, and its one conversation without a channel.
func (s *Store) EnsureTalk(ctx context.Context, tenantID string, keys []chat.Key, phone string) (desk.Accepted, error) {
	arrival := desk.Arrival{TenantID: tenantID, Keys: keys, Phone: phone, OnlyPerson: true, Apart: true}
	written, err := s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
	if err != nil {
		return desk.Accepted{}, err
	}
	return written.Accepted[0], nil
}

// RememberTalk adds to what an assistant remembers of a conversation, all of it or nothing, together with the answer of
// the request that asked for it, if it is a keyed one. Texts of one call stay together, whatever is added beside them.
func (s *Store) RememberTalk(ctx context.Context, talk desk.Talk) error {
	var work batch
	now := millis(s.now())
	for _, message := range talk.Messages {
		role := roleUser
		if message.Direction == chat.Outbound {
			role = roleAssistant
		}
		work.exec(`INSERT INTO assistant_memory (id, tenant_id, conversation_id, assistant_id, role, text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			chat.NewID(), talk.TenantID, talk.ConversationID, talk.AssistantID, role, text(message.Content.Text), now)
	}
	if talk.Request != nil {
		keepAnswer(&work, talk.TenantID, talk.Request.Key, talk.Request.Answer)
	}
	return s.writeBatch(ctx, "remember talk", &work)
}

// RecallTalk gives the last texts that an assistant remembers of a conversation, oldest first.
func (s *Store) RecallTalk(ctx context.Context, tenantID, conversationID, assistantID string, limit int) ([]chat.Message, error) {
	var messages []chat.Message
	err := s.list(ctx, func(row scanner) error {
		var role string
		var createdAt int64
		message := chat.Message{Direction: chat.Inbound, Content: chat.Content{Type: chat.Text}}
		err := row.Scan(&role, &message.Content.Text, &createdAt)
		if role == roleAssistant {
			message.Direction = chat.Outbound
		}
		message.At = instant(createdAt)
		messages = append(messages, message)
		return err
	}, `SELECT role, text, created_at FROM assistant_memory WHERE tenant_id = $1 AND conversation_id = $2 AND assistant_id = $3
		ORDER BY id DESC LIMIT $4`, tenantID, conversationID, assistantID, limit)
	slices.Reverse(messages)
	return messages, err
}

// History gives a conversation's last messages that were said, oldest first: the customer's, and ours that went out (or
// may have gone out), without those that wait, failed or were taken back.
func (s *Store) History(ctx context.Context, tenantID, conversationID string, limit int) ([]chat.Message, error) {
	said := []chat.MessageState{
		chat.Received, chat.Unconfirmed, chat.Accepted, chat.HeldBack, chat.Sent, chat.Delivered, chat.Read, chat.Played,
	}
	var messages []chat.Message
	err := s.list(ctx, func(row scanner) error {
		message, err := scanMessage(row)
		messages = append(messages, message)
		return err
	}, "SELECT "+messageColumns+` FROM messages m WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND m.state IN (`+sqlList(said)+`)
		ORDER BY m.id DESC LIMIT $3`, tenantID, conversationID, limit)
	slices.Reverse(messages)
	return messages, err
}
