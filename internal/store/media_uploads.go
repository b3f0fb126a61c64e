package store

import (
	"context"
	"time"
)

// MediaUpload tells what a channel's provider calls a file of ours, if it has it for longer than until a time.
func (s *Store) MediaUpload(ctx context.Context, tenantID, channelID, mediaID string, until time.Time) (externalID string, err error) {
	_, err = s.one(ctx, func(row scanner) error { return row.Scan(&externalID) },
		"SELECT external_id FROM media_uploads WHERE channel_id = $1 AND media_id = $2 AND tenant_id = $3 AND expires_at > $4", channelID, mediaID, tenantID, millis(until))
	return externalID, err
}

// SaveMediaUpload notes that a channel's provider has a file, and until when. The last one counts.
func (s *Store) SaveMediaUpload(ctx context.Context, tenantID, channelID, mediaID, externalID string, expires time.Time) error {
	var work batch
	work.exec(`INSERT INTO media_uploads (channel_id, media_id, tenant_id, external_id, uploaded_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (channel_id, media_id) DO UPDATE SET external_id = excluded.external_id, uploaded_at = excluded.uploaded_at, expires_at = excluded.expires_at`,
		channelID, mediaID, tenantID, text(externalID), millis(s.now()), millis(expires))
	return s.writeBatch(ctx, "media upload", &work)
}
