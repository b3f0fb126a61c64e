package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
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

// sameAccount tells whether a channel still speaks for the account that took its uploads: the provider, the number, and what
// the configuration says of them.
func sameAccount(before, after chat.Channel) bool {
	return before.Provider == after.Provider && before.Account == after.Account && maps.Equal(before.Config, after.Config)
}

// forgetUploads: another account does not know what an earlier one took.
func forgetUploads(work *batch, tenantID, channelID string) {
	work.exec("DELETE FROM media_uploads WHERE channel_id = $1 AND tenant_id = $2", channelID, tenantID)
}

// writeLostUploads forgets copies that a provider could not use, unless they were renewed meanwhile.
func writeLostUploads(work *batch, d *desk.Desk) {
	slices.SortFunc(d.Changes.LostUploads, func(a, b desk.LostUpload) int { return strings.Compare(a.MediaID, b.MediaID) }) // as all rows are locked
	for _, lost := range d.Changes.LostUploads {
		work.exec("DELETE FROM media_uploads WHERE channel_id = $1 AND media_id = $2 AND tenant_id = $3 AND external_id = $4",
			lost.ChannelID, lost.MediaID, d.Contact.TenantID, text(lost.ExternalID))
	}
}
