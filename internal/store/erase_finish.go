package store

import (
	"context"

	"retoma/internal/fault"
)

// eraseBatch is how many rows one transaction of an erasure changes.
const eraseBatch = 500

// eraser removes what is left of a person once nothing moves any more. Every step may be done again.
type eraser struct {
	store    *Store
	id       string
	tenantID string
	marks    marks
	begunAt  int64
}

// FinishErasure removes what is kept of a contact whose erasure was begun, in small transactions; it may be ended at any point
// and called again. fault.Conflict: a send is still under way, call again in a moment. An erasure that is done, or was never
// begun, is no error.
//
// The row of an erasure stays for a while: what others had under way when it began is removed by a second look.
func (s *Store) FinishErasure(ctx context.Context, contactID string) error {
	e := &eraser{store: s, id: contactID}
	var locked string
	found, err := s.one(ctx, func(row scanner) error { return row.Scan(&e.tenantID, &locked, &e.begunAt) },
		"SELECT tenant_id, marks, begun_at FROM erasures WHERE contact_id = $1", contactID)
	if err != nil || !found {
		return err
	}
	plain, err := s.vault.unlock(locked, contactID)
	if err != nil {
		return err
	}
	if err := decode(plain, &e.marks); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		e.quiet, e.files, e.messages, e.talk, e.followUps, e.ownRows, e.inbox, e.rejected, e.notifications, e.answers, e.rest, e.close,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// quiet takes back once more whatever may have begun, and closes the mailbox when nothing is under way: without one nothing is
// ever claimed.
func (e *eraser) quiet(ctx context.Context) error {
	return e.store.write(ctx, "erase quiet", func(tx transaction) error {
		var lock, look, work batch
		lock.query(nothing, "SELECT id FROM contacts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", e.marks.Contacts)
		if err := tx.run(ctx, &lock); err != nil {
			return err
		}
		stopping := &erasing{store: e.store, tx: tx, marks: e.marks}
		if err := stopping.stop(ctx); err != nil {
			return err
		}
		flying := false
		look.query(func(scanner) error {
			flying = true
			return nil
		}, "SELECT 1 FROM outbox WHERE contact_id = ANY($1)", e.marks.Contacts)
		if err := tx.run(ctx, &look); err != nil {
			return err
		}
		if flying {
			return fault.New(fault.Conflict, "uma mensagem a este contato está saindo agora; o apagamento termina sozinho em instantes")
		}
		work.exec(`UPDATE followups SET state = 'CANCELLED', cancelled_at = $2, cancel_reason = $3 WHERE contact_id = ANY($1) AND state = 'PENDING'`,
			e.marks.Contacts, millis(e.store.now()), ErasedReason)
		work.exec("DELETE FROM mailbox WHERE contact_id = ANY($1)", e.marks.Contacts)
		return tx.run(ctx, &work)
	})
}

// talk forgets what assistants remember.
func (e *eraser) talk(ctx context.Context) error {
	var work batch
	work.exec("DELETE FROM assistant_memory WHERE conversation_id = ANY($1)", e.marks.Conversations)
	return e.store.writeBatch(ctx, "erase rows", &work)
}

// rest removes the conversations and what is left in the person's own rows, and what was announced and is not told yet.
func (e *eraser) rest(ctx context.Context) error {
	var work batch
	work.exec("DELETE FROM announcements WHERE contact_id = ANY($1)", e.marks.Contacts)
	work.exec("DELETE FROM conversation_aliases WHERE conversation_id = ANY($1)", e.marks.Conversations)
	work.exec("DELETE FROM conversations WHERE id = ANY($1)", e.marks.Conversations)
	blank(&work, e.marks.Contacts, millis(e.store.now()))
	return e.store.writeBatch(ctx, "erase rows", &work)
}

// close ends the erasure, or has it looked at once more.
func (e *eraser) close(ctx context.Context) error {
	var work batch
	last := e.begunAt + settledAfter.Milliseconds()
	if millis(e.store.now()) >= last {
		work.exec("DELETE FROM erasures WHERE contact_id = $1", e.id)
	} else {
		work.exec("UPDATE erasures SET due_at = $2 WHERE contact_id = $1", e.id, last)
	}
	return e.store.writeBatch(ctx, "erased", &work)
}
