package channels

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	CreateChannel(ctx context.Context, c chat.Channel) error
	Channel(ctx context.Context, tenantID, id string) (chat.Channel, error)
	Channels(ctx context.Context, tenantID string) ([]chat.Channel, error)
	ChangeChannel(ctx context.Context, tenantID, id string, change func(*chat.Channel) error) (chat.Channel, error)
	ChannelTroubles(ctx context.Context, tenantID, channelID string, since time.Time) (unconfirmed int, rejected []desk.RejectedReason, err error)
	News(ctx context.Context, tenantID, channelID string, page chat.Page) ([]desk.KeptNews, error)
	Rejected(ctx context.Context, tenantID, channelID string, page chat.Page) ([]desk.KeptItem, error)
	Templates(ctx context.Context, tenantID, channelID string) ([]chat.Template, error)
	Template(ctx context.Context, tenantID, id string) (chat.Template, error)
	PeopleBegun(ctx context.Context, tenantID string, since time.Time, on func(chat.Channel) bool) (map[string]time.Time, error)
	SaveTemplates(ctx context.Context, tenantID, channelID string, templates []chat.Template) error
	ClaimSyncs(ctx context.Context, now, stale, again time.Time) ([]chat.Channel, error)
	ClaimChecks(ctx context.Context, now, offline, online time.Time) ([]chat.Channel, error)
}
