package office

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Store is what is asked of the database here.
type Store interface {
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	CreateAPIKey(ctx context.Context, k chat.APIKey) error
	APIKeys(ctx context.Context, tenantID string) ([]chat.APIKey, error)
	RevokeAPIKey(ctx context.Context, tenantID, id string) error
	Notifications(ctx context.Context, tenantID string, page chat.Page) ([]desk.Notification, error)
	ChangeTenant(ctx context.Context, id string, change func(*chat.Tenant) error) (chat.Tenant, error)
	CreateSubscription(ctx context.Context, one desk.Subscription) error
	Subscription(ctx context.Context, tenantID, id string) (desk.Subscription, error)
	Subscriptions(ctx context.Context, tenantID string) ([]desk.Subscription, error)
	ChangeSubscription(ctx context.Context, tenantID, id string, change func(*desk.Subscription) error) (desk.Subscription, error)
	DeleteSubscription(ctx context.Context, tenantID, id string) error
	Deliveries(ctx context.Context, tenantID, subscriptionID string, filter desk.DeliveryFilter) ([]desk.Delivery, error)
	TellOne(ctx context.Context, subscriptionID string, event desk.OutgoingEvent) (desk.Delivery, error)
	Replay(ctx context.Context, tenantID, subscriptionID string, which desk.Replay) (replayed int64, err error)
	CreateTenant(ctx context.Context, t chat.Tenant) error
	Tenants(ctx context.Context) ([]chat.Tenant, error)
}
