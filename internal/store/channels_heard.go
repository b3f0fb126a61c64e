package store

import (
	"context"
	"time"
)

// Heard notes that a webhook with a right signature came: what was forged before it counts no more. It changes nothing that
// a send depends on, and so stops nothing.
func (s *Store) Heard(ctx context.Context, tenantID, channelID string, at time.Time) error {
	var work batch
	work.exec("UPDATE channels SET heard_at = $3, forged = 0 WHERE tenant_id = $1 AND id = $2 AND heard_at < $3", tenantID, channelID, millis(at))
	return s.writeBatch(ctx, "heard", &work)
}

// Forged counts webhooks with a wrong signature.
func (s *Store) Forged(ctx context.Context, tenantID, channelID string, count int) error {
	var work batch
	work.exec("UPDATE channels SET forged = forged + $3 WHERE tenant_id = $1 AND id = $2", tenantID, channelID, count)
	return s.writeBatch(ctx, "forged", &work)
}

// WantTemplates asks for the channel's templates to be read again at a time; an earlier wish stays.
func (s *Store) WantTemplates(ctx context.Context, tenantID, channelID string, at time.Time) error {
	var work batch
	work.exec("UPDATE channels SET sync_due_at = $3 WHERE tenant_id = $1 AND id = $2 AND (sync_due_at = 0 OR sync_due_at > $3)",
		tenantID, channelID, millis(at))
	return s.writeBatch(ctx, "want templates", &work)
}
