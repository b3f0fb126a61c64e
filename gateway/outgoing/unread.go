package outgoing

import (
	"context"

	"retoma/internal/chat"
)

// heard is the conversation as it will be once what the customer wrote, and we acknowledged, is read: a worker reads it before it
// judges a message, so whoever asks for one right behind must not be told less.
func (b *Outbox) heard(ctx context.Context, o Message) (chat.Conversation, error) {
	if o.Conversation.ID == "" {
		return o.Conversation, nil
	}
	unread, err := b.Store.UnreadMessages(ctx, o.TenantID, o.Conversation.ID)
	if err != nil {
		return o.Conversation, err
	}
	// It is read again afterwards: what was read by a worker in between is in one of the two.
	conversation, err := b.Store.Conversation(ctx, o.TenantID, chat.Ref{ID: o.Conversation.ID})
	if err != nil {
		return o.Conversation, err
	}
	for _, event := range unread {
		if event.Message != nil && event.Message.Content.SpeaksForCustomer() {
			at := event.At
			if at.IsZero() || at.After(event.ReceivedAt) {
				at = event.ReceivedAt
			}
			conversation = conversation.Heard(at, event.Message.Content.OpensWindow())
		}
	}
	return conversation, nil
}
