package people

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Channel(ctx context.Context, tenantID, id string) (chat.Channel, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	ContactByKeys(ctx context.Context, tenantID string, keys []chat.Key) (chat.Contact, error)
	Carry(ctx context.Context, tenantID, contactID string, deeds []desk.Deed) (desk.Carried, error)
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
	// LetGo makes what a pause or a hold kept back due now, and gives the contacts that have work.
	LetGo(ctx context.Context, tenantID, channelID, contactID string) ([]desk.Ref, error)
	Receive(ctx context.Context, intake desk.Intake) (desk.Written, error)
	// IntakeDelay is how long Receive would take behind so many others.
	IntakeDelay(waiting int) time.Duration
	// UnreadMail counts what lies in inboxes unread, up to a limit.
	UnreadMail(ctx context.Context, limit int) (int, error)
}
