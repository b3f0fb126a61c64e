package web

import (
	"context"

	"retoma/internal/chat"
)

// Store is what is asked of the database here.
type Store interface {
	APIKey(ctx context.Context, hash string) (chat.APIKey, error)
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
}
