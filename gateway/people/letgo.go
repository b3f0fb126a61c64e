package people

import (
	"context"
	"fmt"

	"retoma/gateway/web"
	"retoma/internal/chat"
)

// LetGo wakes the contacts whose messages a pause or a hold kept back.
func (r *Register) LetGo(ctx context.Context, channelID, contactID string) error {
	refs, err := r.Store.LetGo(ctx, web.TenantOf(ctx), channelID, contactID)
	for _, ref := range refs {
		r.Waker.Outbox(ref)
	}
	return err
}

// WakeChannel lets go of what waited for a channel.
func (r *Register) WakeChannel(ctx context.Context, channel chat.Channel) error {
	refs, err := r.Store.LetGo(ctx, channel.TenantID, channel.ID, "")
	if err != nil {
		return fmt.Errorf("letting go what waited: %w", err)
	}
	for _, ref := range refs {
		r.Waker.Outbox(ref)
	}
	return nil
}
