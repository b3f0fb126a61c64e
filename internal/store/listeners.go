package store

import (
	"context"
	"time"

	"retoma/internal/desk"
)

// listenersKept is how long a process that does not listen any more is remembered: longer than any message can wait for evidence.
const listenersKept = 10 * 24 * time.Hour

// Listen keeps what a process that takes webhooks says of itself, since its last report. What it heard on a channel is laid over
// what is known: a gap stays until a newer one, and the newest confirmations are kept by the process, which gives them all.
func (s *Store) Listen(ctx context.Context, report desk.ListenerReport) error {
	var work batch
	work.exec(`INSERT INTO listeners (id, since, seen_at, stopped, gap_at, gap_reason) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, stopped = excluded.stopped,
		gap_reason = CASE WHEN excluded.gap_at > listeners.gap_at THEN excluded.gap_reason ELSE listeners.gap_reason END,
		gap_at = CASE WHEN excluded.gap_at > listeners.gap_at THEN excluded.gap_at ELSE listeners.gap_at END`,
		report.ID, millis(report.Since), millis(report.At), report.Stopped, millis(report.Gap.At), text(report.Gap.Reason))
	for _, heard := range report.Channels {
		confirmed, err := encoded(heard.Confirmed)
		if err != nil {
			return err
		}
		work.exec(`INSERT INTO listened (channel_id, listener_id, tenant_id, gap_at, gap_reason, confirmed) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (channel_id, listener_id) DO UPDATE SET confirmed = excluded.confirmed,
			gap_reason = CASE WHEN excluded.gap_at > listened.gap_at THEN excluded.gap_reason ELSE listened.gap_reason END,
			gap_at = CASE WHEN excluded.gap_at > listened.gap_at THEN excluded.gap_at ELSE listened.gap_at END`,
			heard.ChannelID, report.ID, heard.TenantID, millis(heard.Gap.At), text(heard.Gap.Reason), text(confirmed))
	}
	return s.writeBatch(ctx, "listen", &work)
}

// Listeners are the processes that took webhooks at an instant or later, with what they heard on a channel.
func (s *Store) Listeners(ctx context.Context, tenantID, channelID string, since time.Time) ([]desk.Listener, error) {
	var all []desk.Listener
	err := s.list(ctx, func(row scanner) error {
		var one desk.Listener
		var began, seenAt, gapAt, heardGapAt int64
		var heardReason, confirmed string
		if err := row.Scan(&began, &seenAt, &one.Stopped, &gapAt, &one.Gap.Reason, &heardGapAt, &heardReason, &confirmed); err != nil {
			return err
		}
		one.Since, one.SeenAt, one.Gap.At = instant(began), instant(seenAt), instant(gapAt)
		one.Gap = one.Gap.Later(desk.Gap{At: instant(heardGapAt), Reason: heardReason})
		all = append(all, one)
		return decode(confirmed, &all[len(all)-1].Confirmed)
	}, `SELECT l.since, l.seen_at, l.stopped, l.gap_at, l.gap_reason, COALESCE(h.gap_at, 0), COALESCE(h.gap_reason, ''), COALESCE(h.confirmed, '')
		FROM listeners l LEFT JOIN listened h ON h.listener_id = l.id AND h.channel_id = $2 AND h.tenant_id = $1
		WHERE l.seen_at >= $3 ORDER BY l.id`, tenantID, channelID, millis(since))
	return all, err
}

// ForgetListeners removes processes that have not listened for long, with what they heard.
func (s *Store) ForgetListeners(ctx context.Context, now time.Time) error {
	var work batch
	before := millis(now.Add(-listenersKept))
	work.exec("DELETE FROM listened WHERE listener_id IN (SELECT id FROM listeners WHERE seen_at < $1)", before)
	work.exec("DELETE FROM listeners WHERE seen_at < $1", before)
	return s.writeBatch(ctx, "forget listeners", &work)
}
