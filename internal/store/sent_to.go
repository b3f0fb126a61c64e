package store

import (
	"context"
	"slices"
	"time"

	"retoma/internal/chat"
)

// mostSent bounds how many of a conversation's messages are looked at: a pair bears far fewer in the time that counts.
const mostSent = 200

// SentTo tells when messages went to a contact on a channel since an instant, in order. What was claimed and whose fate nobody
// knows may have gone; what the provider refused at once did not.
func (s *Store) SentTo(ctx context.Context, channelID, contactID string, since time.Time) ([]time.Time, error) {
	var times []time.Time
	err := s.list(ctx, func(row scanner) error {
		var state chat.MessageState
		var externalID string
		var at, claimedAt int64
		if err := row.Scan(&state, &externalID, &at, &claimedAt); err != nil {
			return err
		}
		went := instant(at)
		switch state {
		case chat.Queued, chat.Parked, chat.Cancelled:
			return nil
		case chat.Sending, chat.Unconfirmed:
			went = instant(claimedAt)
		case chat.Failed:
			if externalID == "" {
				return nil
			}
		}
		if went.After(since) {
			times = append(times, went)
		}
		return nil
	}, `SELECT m.state, m.external_id, m.at, COALESCE(o.claimed_at, 0) FROM messages m LEFT JOIN outbox o ON o.id = m.id
		WHERE m.conversation_id = (SELECT id FROM conversations WHERE contact_id = $1 AND channel_id = $2) AND m.direction = 'out'
		ORDER BY m.id DESC LIMIT $3`, contactID, channelID, mostSent)
	slices.SortFunc(times, time.Time.Compare)
	return times, err
}
