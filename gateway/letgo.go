package gateway

import (
	"context"
	"fmt"
	"time"

	"retoma/internal/chat"
)

// farFuture is the end of what ends only by hand.
func farFuture() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }

// letGo wakes the contacts whose messages a pause or a hold kept back.
func (g *Gateway) letGo(ctx context.Context, channelID, contactID string) error {
	refs, err := g.Store.LetGo(ctx, tenantOf(ctx), channelID, contactID)
	for _, ref := range refs {
		g.Waker.Outbox(ref)
	}
	return err
}

// wakeChannel lets go of what waited for a channel.
func (g *Gateway) wakeChannel(ctx context.Context, channel chat.Channel) error {
	refs, err := g.Store.LetGo(ctx, channel.TenantID, channel.ID, "")
	if err != nil {
		return fmt.Errorf("letting go what waited: %w", err)
	}
	for _, ref := range refs {
		g.Waker.Outbox(ref)
	}
	return nil
}
