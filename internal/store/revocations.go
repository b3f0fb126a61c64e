package store

import (
	"time"

	"retoma/internal/desk"
)

// keepRevocations is how long a deletion waits for its message: longer than any provider repeats a webhook.
const keepRevocations = 30 * 24 * time.Hour

// writeRevocations marks messages that were deleted for everyone. What they said stays in the row, because commands are held
// against everything that a customer ever wrote (ContactWords); whoever reads a message through this package does not see it.
// A deletion that overtook its message is kept until that comes.
func writeRevocations(work *batch, d *desk.Desk) error {
	for _, revoked := range d.Changes.Revocations {
		externalID, at := text(revoked.ExternalID), millis(revoked.At)
		work.exec(`UPDATE messages SET revoked_at = $4 WHERE channel_id = $2 AND external_id = $3 AND external_id <> '' AND tenant_id = $1
			AND direction = $5 AND revoked_at = 0`, revoked.TenantID, revoked.ChannelID, externalID, at, string(revoked.Direction))
		work.exec(`INSERT INTO revocations (channel_id, external_id, direction, at) SELECT $1, $2, $3, $4
			WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.channel_id = $1 AND m.external_id = $2 AND m.external_id <> '') ON CONFLICT DO NOTHING`,
			revoked.ChannelID, externalID, string(revoked.Direction), at)
		work.exec("DELETE FROM revocations WHERE at < $1", millis(d.Now.Add(-keepRevocations)))
	}
	return nil
}
