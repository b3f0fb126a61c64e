package store

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Heard notes that a webhook with a right signature came: what was forged before it counts no more. It changes nothing that
// a send depends on, and so stops nothing.
func (s *Store) Heard(ctx context.Context, tenantID, channelID string, at time.Time) error {
	var work batch
	work.exec("UPDATE channels SET heard_at = $3, forged = 0 WHERE tenant_id = $1 AND id = $2 AND heard_at <= $3", tenantID, channelID, millis(at))
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

// ClaimSyncs takes the channels whose templates are to be read: those for which somebody asked, and those read before stale.
// Nobody else gets them until again, by when they are read or wanted once more.
func (s *Store) ClaimSyncs(ctx context.Context, now, stale, again time.Time) ([]chat.Channel, error) {
	return s.claimChannels(ctx, "claim syncs", `UPDATE channels SET sync_due_at = $3 WHERE deleted_at = 0
		AND (sync_due_at > 0 AND sync_due_at <= $1 OR sync_due_at = 0 AND synced_at <= $2) RETURNING `+channelColumns, millis(now), millis(stale), millis(again))
}

// ClaimChecks takes the channels whose number is to be asked about, and counts them as asked now: those that are offline and
// were asked before offline, and the others if they were asked before online.
func (s *Store) ClaimChecks(ctx context.Context, now, offline, online time.Time) ([]chat.Channel, error) {
	return s.claimChannels(ctx, "claim checks", `UPDATE channels SET checked_at = $1 WHERE deleted_at = 0
		AND (NOT online AND checked_at <= $2 OR checked_at <= $3) RETURNING `+channelColumns, millis(now), millis(offline), millis(online))
}

// claimChannels runs a compare-and-set: of several processes that ask at once, one gets each channel.
func (s *Store) claimChannels(ctx context.Context, point, statement string, args ...any) ([]chat.Channel, error) {
	var claimed []chat.Channel
	err := s.write(ctx, point, func(tx transaction) error {
		claimed = nil
		var work batch
		work.query(func(row scanner) error {
			channel, err := s.scanChannel(row)
			claimed = append(claimed, channel)
			return err
		}, statement, args...)
		return tx.run(ctx, &work)
	})
	return claimed, err
}

// mostReasons bounds how many reasons one answer names.
const mostReasons = 5

// ChannelTroubles counts what waits for people on a channel: messages of which nobody knows whether they went out, and, by
// reason, the parts of webhooks that could not be used since an instant.
func (s *Store) ChannelTroubles(ctx context.Context, tenantID, channelID string, since time.Time) (unconfirmed int, rejected []desk.RejectedReason, err error) {
	var work batch
	work.query(func(row scanner) error { return row.Scan(&unconfirmed) },
		"SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 AND channel_id = $2 AND state = 'unconfirmed'", tenantID, channelID)
	work.query(func(row scanner) error {
		var one desk.RejectedReason
		var last int64
		err := row.Scan(&one.Reason, &one.Count, &last)
		one.Last = instant(last)
		rejected = append(rejected, one)
		return err
	}, `SELECT reason, COUNT(*), MAX(received_at) FROM rejected WHERE tenant_id = $1 AND channel_id = $2 AND received_at > $3
		GROUP BY reason ORDER BY 2 DESC, 1 LIMIT $4`, tenantID, channelID, millis(since), mostReasons)
	err = s.database.read(ctx, &work)
	return unconfirmed, rejected, err
}
