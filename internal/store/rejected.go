package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Rejected lists the parts of a channel's webhooks that could not be used, newest first.
func (s *Store) Rejected(ctx context.Context, tenantID, channelID string, page chat.Page) ([]desk.KeptItem, error) {
	where := newFilter("tenant_id", tenantID)
	where.equal("channel_id", channelID)
	where.page("id", page)
	limit := where.limit(page)
	var items []desk.KeptItem
	err := s.list(ctx, func(row scanner) error {
		var item desk.KeptItem
		var receivedAt int64
		err := row.Scan(&item.ID, &item.Reason, &item.Raw, &receivedAt)
		item.ReceivedAt = instant(receivedAt)
		items = append(items, item)
		return err
	}, "SELECT id, reason, raw, received_at FROM rejected WHERE "+where.text()+" ORDER BY id DESC"+limit, where.args...)
	return items, err
}

// keepRejected keeps a part of a webhook that could not be used, unless it is there already: providers repeat webhooks.
func keepRejected(work *batch, item desk.RejectedItem, now int64) {
	digest := sha256.Sum256([]byte(item.Raw))
	work.exec(`INSERT INTO rejected (id, tenant_id, channel_id, reason, raw, received_at, digest) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		chat.NewID(), item.TenantID, item.ChannelID, text(item.Reason), text(item.Raw), now, hex.EncodeToString(digest[:]))
}
