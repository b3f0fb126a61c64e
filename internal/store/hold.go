package store

import (
	"context"
	"encoding/json"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Restored is what an installation remembers of its last restore.
type Restored struct {
	// BackupAt is the moment that the archive showed, At when it was restored: what was due up to At is held for review.
	BackupAt time.Time `json:"backupAt"`
	At       time.Time `json:"at"`
}

// HeldCounts are how many things a restore holds.
type HeldCounts struct {
	// Runs are timers that were due (most of them follow-ups), Messages those that waited to be sent, Unconfirmed the sends that
	// were under way at the backup's moment.
	Runs, Messages, Unconfirmed int64
}

// restoredMemory is the name under which it is remembered.
const restoredMemory = "restored"

// Restored tells of the last restore; the zero value: there was none.
func (s *Store) Restored(ctx context.Context) (Restored, error) {
	var restored Restored
	raw, err := s.Recall(ctx, restoredMemory)
	if err != nil {
		return restored, err
	}
	err = decode(raw, &restored)
	return restored, err
}

// RestoredAt is when the installation was restored from a backup, as it was known when the store was opened; zero: never.
func (s *Store) RestoredAt() time.Time { return instant(s.restored) }

// hold marks a database that was just restored. Nothing is moved: being due at or before the restore is what holds a thing, see
// desk/restored.go. Sends that were under way are in doubt, as after a crash, but nothing sends them again by itself, whatever
// the channel says of doubts. Redis' tasks are of another life; who leased something is gone.
func (s *Store) hold(ctx context.Context, restored Restored) (HeldCounts, error) {
	raw, err := json.Marshal(restored)
	if err != nil {
		return HeldCounts{}, err
	}
	values := map[string]any{"backup_at": restored.BackupAt, "restored_at": restored.At}
	held, err := logLines([]chat.LogEntry{{At: restored.At, Check: desk.ReviewCheck, Verdict: "hold", Reason: desk.HeldReason, Values: values}})
	if err != nil {
		return HeldCounts{}, err
	}
	doubt, err := logLines([]chat.LogEntry{{At: restored.At, Check: "unconfirmed", Verdict: "hold", Reason: doubtReason, Values: values}})
	if err != nil {
		return HeldCounts{}, err
	}
	var counts HeldCounts
	err = s.write(ctx, "hold", func(tx transaction) error {
		var work batch
		upTo := millis(restored.At)
		work.exec("UPDATE outbox SET state = 'pending', claimed_at = 0 WHERE state = 'writing'")
		work.exec(`UPDATE messages SET state = 'unconfirmed', error_code = 'unconfirmed', error_detail = $1, log = log || $2
			WHERE id IN (SELECT id FROM outbox WHERE state = 'sending')`, doubtReason, doubt)
		work.count(&counts.Unconfirmed, "UPDATE outbox SET state = 'unconfirmed' WHERE state = 'sending'")
		work.exec("UPDATE outbox SET due_at = 0 WHERE state = 'unconfirmed' AND due_at > 0") // nobody weighs evidence of a time that is in no table
		work.count(&counts.Messages, `UPDATE messages SET error_detail = $1, log = log || $2
			WHERE id IN (SELECT id FROM outbox WHERE state = 'pending' AND due_at <= $3)`, desk.HeldReason, held, upTo)
		work.count(&counts.Runs, "UPDATE runs SET log = log || $1 WHERE state = 'waiting' AND wake_at > 0 AND wake_at <= $2", held, upTo)
		work.exec(`UPDATE followups SET log = log || $1 WHERE state = 'PENDING' AND id IN (SELECT followup_id FROM runs
			WHERE state = 'waiting' AND wake_at > 0 AND wake_at <= $2 AND followup_id <> '')`, held, upTo)
		work.exec("UPDATE runs SET armed = 0 WHERE armed <> 0")
		work.exec("UPDATE outbox SET armed = 0 WHERE armed <> 0")
		work.exec("UPDATE subscriptions SET leased_by = '', leased_until = 0 WHERE leased_until > 0")
		work.exec("DELETE FROM installation WHERE name IN ('epoch', $1)", restoredMemory)
		work.exec("INSERT INTO installation (name, value) VALUES ($1, $2)", restoredMemory, string(raw))
		return tx.run(ctx, &work)
	})
	if err != nil {
		return counts, err
	}
	return counts, s.tellHeld(ctx, restored)
}

const doubtReason = "o backup foi feito durante o envio; não se sabe se a mensagem saiu"

// tellHeld tells each tenant's team, if something of it is held or in doubt.
func (s *Store) tellHeld(ctx context.Context, restored Restored) error {
	var tenants []string
	err := s.list(ctx, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		tenants = append(tenants, id)
		return err
	}, `SELECT t.id FROM tenants t WHERE EXISTS (SELECT 1 FROM runs r WHERE r.tenant_id = t.id AND r.state = 'waiting' AND r.wake_at > 0 AND r.wake_at <= $1)
		OR EXISTS (SELECT 1 FROM outbox o WHERE o.tenant_id = t.id AND (o.state = 'unconfirmed' OR o.state = 'pending' AND o.due_at <= $1))`, millis(restored.At))
	if err != nil {
		return err
	}
	var work batch
	for _, tenantID := range tenants {
		err := insertNotification(&work, desk.Notification{ID: chat.NewID(), TenantID: tenantID, Kind: "restored", At: restored.At, DueAt: restored.At,
			Title: "Restaurado de um backup",
			Text:  "O que venceu entre o backup e a restauração está retido para revisão: pode já ter sido enviado. Libere ou cancele em /api/followups/review.",
			Data:  map[string]any{"backupAt": restored.BackupAt, "restoredAt": restored.At}})
		if err != nil {
			return err
		}
	}
	return s.writeBatch(ctx, "hold", &work)
}
