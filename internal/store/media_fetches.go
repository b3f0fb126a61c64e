package store

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// ClaimFetches takes customers' files that are due to be fetched, the oldest first, but none of the tenants that are busy
// already. Each counts an attempt, which names this claim, and is nobody else's until the lease is over.
func (s *Store) ClaimFetches(ctx context.Context, now time.Time, lease time.Duration, limit int, busy []string) ([]chat.File, error) {
	where := newFilter("state", string(chat.FileFetching))
	where.add("due_at <= %s", millis(now))
	if len(busy) > 0 {
		where.amongNot("tenant_id", busy)
	}
	waiting := false
	if err := s.list(ctx, func(row scanner) error {
		waiting = true
		var id string
		return row.Scan(&id)
	}, "SELECT id FROM media WHERE "+where.text()+" LIMIT 1", where.args...); err != nil || !waiting {
		return nil, err
	}
	due := "SELECT id FROM media WHERE " + where.text() + " ORDER BY due_at" + where.limit(chat.Page{Limit: limit}) + " FOR UPDATE SKIP LOCKED"
	where.args = append(where.args, millis(now.Add(lease)))
	var claimed []chat.File
	err := s.write(ctx, "claim fetches", func(tx transaction) error {
		claimed = nil
		var work batch
		work.query(func(row scanner) error {
			file, err := scanFile(row)
			claimed = append(claimed, file)
			return err
		}, "WITH due AS ("+due+") UPDATE media SET attempts = attempts + 1, tries = tries + 1, due_at = "+place(len(where.args))+
			" FROM due WHERE media.id = due.id RETURNING "+fileColumns, where.args...)
		return tx.run(ctx, &work)
	})
	return claimed, err
}

// KeepFetching says that a claim is still being worked on, until a time.
func (s *Store) KeepFetching(ctx context.Context, claims []chat.File, until time.Time) error {
	var work batch
	for _, claim := range claims {
		work.exec("UPDATE media SET due_at = $3 WHERE id = $1 AND attempts = $2 AND state = 'fetching'", claim.ID, claim.Attempts, millis(until))
	}
	return s.writeBatch(ctx, "keep fetching", &work)
}

// EndFetch notes what a claim came to; it does nothing when the file was claimed anew, or removed, meanwhile.
func (s *Store) EndFetch(ctx context.Context, claim chat.File, came desk.Fetched) error {
	var work batch
	work.exec(`UPDATE media SET state = $3, problem = $4, due_at = $5, mime = CASE WHEN $6 <> '' THEN $6 ELSE mime END, size = $7, sha256 = $8, kept_at = $9
		WHERE id = $1 AND attempts = $2 AND state = 'fetching'`,
		claim.ID, claim.Attempts, string(came.State), text(came.Problem), millis(came.DueAt), text(came.MIME), came.Size, came.SHA256, millis(came.KeptAt))
	if came.State == chat.FileKept {
		keepBlob(&work, claim.TenantID, came.SHA256, millis(s.now()))
	}
	return s.writeBatch(ctx, "end fetch", &work)
}

// FetchAgain has the files of a message fetched now that could not be had, and tells how many there are.
func (s *Store) FetchAgain(ctx context.Context, tenantID, messageID string) (int64, error) {
	var again int64
	err := s.write(ctx, "fetch again", func(tx transaction) error {
		var work batch
		work.count(&again, `UPDATE media SET state = 'fetching', tries = 0, problem = '', due_at = $3
			WHERE tenant_id = $1 AND message_id = $2 AND (state = 'failed' OR (state = 'fetching' AND problem <> ''))`, tenantID, messageID, millis(s.now()))
		return tx.run(ctx, &work)
	})
	return again, err
}
