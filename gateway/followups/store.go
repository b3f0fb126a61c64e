package followups

import (
	"context"
	"time"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	Channels(ctx context.Context, tenantID string) ([]chat.Channel, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
	Document(ctx context.Context, tenantID string, kind flows.DocumentKind, ref chat.Ref) (flows.Document, error)
	FollowUps(ctx context.Context, tenantID string, filter chat.FollowUpFilter) ([]flows.FollowUpView, error)
	FollowUp(ctx context.Context, tenantID, id string) (flows.FollowUpView, error)
	CancelFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error)
	HideFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error)
	PendingByConversations(ctx context.Context, tenantID string, refs []chat.Ref) (map[chat.Ref][]flows.FollowUpView, error)
	Leads(ctx context.Context, tenantID string, filter chat.LeadFilter) ([]flows.Lead, error)
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	Edit(ctx context.Context, ref desk.Ref, decide desk.Decide) (desk.Worked, error)
	DocumentVersion(ctx context.Context, tenantID, id string, version int) (flows.Document, error)
	StatisticsNow(ctx context.Context, tenantID string, stretches []calendar.Stretch) (flows.Statistics, error)
	StatisticsOf(ctx context.Context, tenantID string, stretches []calendar.Stretch) (flows.Statistics, error)
	ForReview(ctx context.Context, tenantID string, wanted desk.ReviewFilter) ([]desk.ForReview, error)
	ReleaseReviewed(ctx context.Context, tenantID string, ids []string) (released int, refs []desk.Ref, err error)
	CancelReviewed(ctx context.Context, tenantID string, ids []string, reason string) (cancelled int, err error)
	// RestoredAt is when the installation was restored from a backup; zero: never.
	RestoredAt() time.Time
	Titles(ctx context.Context, tenantID string) ([]flows.Document, error)
}
