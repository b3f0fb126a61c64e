package store

import (
	"context"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// UseBlob says that bytes are about to be written or referred to: from now on they are not swept for a while.
func (s *Store) UseBlob(ctx context.Context, tenantID, sum string, size int64) error {
	var state string
	err := s.write(ctx, "use blob", func(tx transaction) error {
		var work batch
		work.query(func(row scanner) error { return row.Scan(&state) }, `INSERT INTO blobs (tenant_id, sha256, size, state, used_at)
			VALUES ($1, $2, $3, 'loose', $4) ON CONFLICT (tenant_id, sha256) DO UPDATE
			SET used_at = CASE WHEN blobs.state = 'purging' THEN blobs.used_at ELSE excluded.used_at END RETURNING state`,
			tenantID, sum, size, millis(s.now()))
		return tx.run(ctx, &work)
	})
	if err == nil && state == "purging" {
		return fault.New(fault.Unavailable, "um arquivo igual está sendo removido; tente de novo em instantes")
	}
	return err
}

// keepBlob follows the statement that may have made a file of it.
func keepBlob(work *batch, tenantID, sum string, now int64) {
	work.exec(`UPDATE blobs SET state = 'kept', used_at = $3 WHERE tenant_id = $1 AND sha256 = $2
		AND EXISTS (SELECT 1 FROM media WHERE media.tenant_id = blobs.tenant_id AND media.sha256 = blobs.sha256)`, tenantID, sum, now)
}

// UnusedBlobs takes blobs that no file refers to and that were not used since a time, and those whose removal was begun;
// they are the caller's to remove. Whoever uses one from now on is refused until BlobGone.
func (s *Store) UnusedBlobs(ctx context.Context, before time.Time, limit int) ([]desk.Blob, error) {
	var unused []desk.Blob
	err := s.write(ctx, "unused blobs", func(tx transaction) error {
		unused = nil
		var work batch
		// used_at is compared once more in the UPDATE, on the newest version of the row: a use that commits meanwhile wins.
		work.query(func(row scanner) error {
			var blob desk.Blob
			err := row.Scan(&blob.TenantID, &blob.SHA256)
			unused = append(unused, blob)
			return err
		}, `WITH old AS (SELECT tenant_id, sha256 FROM blobs WHERE state <> 'kept' AND used_at < $1
				AND NOT EXISTS (SELECT 1 FROM media WHERE media.tenant_id = blobs.tenant_id AND media.sha256 = blobs.sha256)
				ORDER BY used_at LIMIT $2)
			UPDATE blobs SET state = 'purging' FROM old WHERE blobs.tenant_id = old.tenant_id AND blobs.sha256 = old.sha256
			AND blobs.state <> 'kept' AND blobs.used_at < $1 RETURNING blobs.tenant_id, blobs.sha256`, millis(before), limit)
		return tx.run(ctx, &work)
	})
	return unused, err
}

// BlobGone forgets a blob whose bytes were removed.
func (s *Store) BlobGone(ctx context.Context, blob desk.Blob) error {
	var work batch
	work.exec("DELETE FROM blobs WHERE tenant_id = $1 AND sha256 = $2 AND state = 'purging'", blob.TenantID, blob.SHA256)
	return s.writeBatch(ctx, "blob gone", &work)
}
