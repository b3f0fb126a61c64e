package authoring

import (
	"context"

	"retoma/flows"
	"retoma/internal/chat"
)

// Store is what is asked of the database here.
type Store interface {
	Assistant(ctx context.Context, tenantID, id string) (chat.Assistant, error)
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	Channels(ctx context.Context, tenantID string) ([]chat.Channel, error)
	DocumentByKey(ctx context.Context, tenantID string, kind flows.DocumentKind, key string) (flows.Document, error)
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	Document(ctx context.Context, tenantID string, kind flows.DocumentKind, ref chat.Ref) (flows.Document, error)
	Documents(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Document, error)
	CreateDocument(ctx context.Context, d flows.Document) (flows.Document, error)
	ChangeDocument(ctx context.Context, tenantID, id string, change func(*flows.Document) error) (flows.Document, error)
	StopFlow(ctx context.Context, tenantID, flowID, reason string) (stopped int, err error)
	StopFlowElsewhere(ctx context.Context, tenantID, flowID, channelID, reason string) (stopped int, err error)
	Enrolments(ctx context.Context, tenantID, flowID string, page chat.Page) ([]flows.Enrolled, error)
	FlowCounts(ctx context.Context, tenantID string, kind flows.DocumentKind) ([]flows.Counts, error)
	Tallies(ctx context.Context, tenantID string) (map[string]flows.Tally, error)
	Silent(ctx context.Context, tenantID string, wanted chat.SilentFilter) (found []chat.Silence, next string, err error)
	Templates(ctx context.Context, tenantID, channelID string) ([]chat.Template, error)
}
