package store

import (
	"context"
	"time"

	"retoma/internal/chat"
)

// mostPeople bounds how many people one answer names; the highest limit that a provider counts by is 100,000 a day.
const mostPeople = 200_000

// PeopleBegun tells with whom the tenant has begun a talk since an instant on some of its channels, deleted ones included,
// and when last. A message that was refused at once began nothing.
func (s *Store) PeopleBegun(ctx context.Context, tenantID string, since time.Time, on func(chat.Channel) bool) (map[string]time.Time, error) {
	var ids []string
	err := s.list(ctx, func(row scanner) error {
		channel, err := s.scanChannel(row)
		if on(channel) {
			ids = append(ids, channel.ID)
		}
		return err
	}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1", tenantID)
	if err != nil {
		return nil, err
	}
	begun := map[string]time.Time{}
	for _, id := range ids {
		err := s.list(ctx, func(row scanner) error {
			var contactID string
			var at int64
			if err := row.Scan(&contactID, &at); err != nil {
				return err
			}
			if last := instant(at); last.After(begun[contactID]) {
				begun[contactID] = last
			}
			return nil
		}, `SELECT contact_id, MAX(initiated_at) FROM messages WHERE channel_id = $1 AND initiated_at > $2
			AND NOT (state = 'failed' AND external_id = '') GROUP BY contact_id ORDER BY 2 DESC LIMIT $3`, id, millis(since), mostPeople)
		if err != nil {
			return nil, err
		}
	}
	return begun, nil
}
