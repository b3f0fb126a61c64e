package store

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// ErasedReason is why runs and follow-ups of an erased person ended, as people read it.
const ErasedReason = "contato apagado"

// settledAfter is when an erasure looks a last time: by then whoever had looked the person up before it has written down what
// they wanted to.
const settledAfter = 2 * time.Minute

// Erase begins to forget a contact, in one commit under its lock: what is pending is cancelled, runs end, the contact and those
// that were merged into it lose name, phone and fields, and nobody finds them any more; whoever has their number is somebody new.
// What a send under way comes to is still noted. [Store.FinishErasure] removes the rest. fault.NotFound: there is nobody.
func (s *Store) Erase(ctx context.Context, tenantID, contactID string) (erasedID string, err error) {
	err = s.write(ctx, "erase", func(tx transaction) error {
		contact, err := lockContact(ctx, tx, tenantID, contactID)
		if err != nil {
			return err
		}
		erasedID = contact.ID
		e := &erasing{store: s, tx: tx, contact: contact, marks: marks{Contacts: []string{contact.ID}}}
		return e.begin(ctx)
	})
	return erasedID, err
}

// erasing is one transaction of Erase, or the next look of FinishErasure at what may still move.
type erasing struct {
	store   *Store
	tx      transaction
	contact chat.Contact
	keys    []chat.ContactKey
	marks   marks
	runs    []stoppedRun
	// events are ids under which the provider may tell something again.
	events [][2]string
	unread []string // inbox rows
}

func (e *erasing) begin(ctx context.Context) error {
	if err := e.read(ctx); err != nil {
		return err
	}
	if err := e.stop(ctx); err != nil {
		return err
	}
	var work batch
	if err := e.store.keepRefusals(&work, e.contact, e.keys); err != nil {
		return err
	}
	for _, event := range e.events {
		e.store.forgetEvent(&work, event[0], event[1])
	}
	now := millis(e.store.now())
	plain, err := encoded(e.marks)
	if err != nil {
		return err
	}
	locked, err := e.store.vault.lock(plain, e.contact.ID)
	if err != nil {
		return err
	}
	work.exec("INSERT INTO erasures (contact_id, tenant_id, marks, begun_at, due_at) VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING",
		e.contact.ID, e.contact.TenantID, locked, now)
	if len(e.unread) > 0 {
		forgetReceived(&work, e.contact.TenantID, e.unread)
		work.exec("DELETE FROM inbox WHERE id = ANY($1)", e.unread)
	}
	blank(&work, e.marks.Contacts, now)
	work.exec("UPDATE mailbox SET processed = received, rev = rev + 1 WHERE contact_id = ANY($1)", e.marks.Contacts)
	return e.tx.run(ctx, &work)
}

// blank takes everything of a person out of their rows, and the keys by which they are found.
func blank(work *batch, contacts []string, now int64) {
	work.exec("DELETE FROM contact_keys WHERE contact_id = ANY($1)", contacts)
	work.exec("DELETE FROM contact_words WHERE contact_id = ANY($1)", contacts)
	work.exec(`UPDATE contacts SET name = '', phone = '', route = '', timezone = '', tags = '[]', stage = '', status = '', fields = '{}', limits = '',
		last_followup_id = '', last_followup_at = 0, automatic_id = '', automatic_day = '', automatic_at = 0, automatic_count = 0,
		erased_at = CASE WHEN erased_at = 0 THEN $2 ELSE erased_at END, updated_at = $2 WHERE id = ANY($1)`, contacts, now)
}

// read gathers by what the person is known.
func (e *erasing) read(ctx context.Context) error {
	e.marks.addPhone(e.contact.Phone)
	e.marks.addPhone(e.contact.Route)
	var first, second batch
	first.query(func(row scanner) error {
		var id, phone, route string
		err := row.Scan(&id, &phone, &route)
		e.marks.Contacts = append(e.marks.Contacts, id)
		e.marks.addPhone(phone)
		e.marks.addPhone(route)
		return err
	}, "SELECT id, phone, route FROM contacts WHERE merged_into = $1 AND merged_into <> '' ORDER BY id FOR NO KEY UPDATE", e.contact.ID)
	if err := e.tx.run(ctx, &first); err != nil {
		return err
	}
	second.query(func(row scanner) error {
		var key chat.ContactKey
		err := row.Scan(&key.Kind, &key.Value, &key.Scope)
		e.keys = append(e.keys, key)
		e.marks.addKey(key.Key)
		return err
	}, "SELECT kind, value, scope FROM contact_keys WHERE contact_id = ANY($1) ORDER BY kind, value", e.marks.Contacts)
	conversation := func(row scanner) error {
		var id string
		err := row.Scan(&id)
		e.marks.Conversations = append(e.marks.Conversations, id)
		return err
	}
	second.query(conversation, "SELECT id FROM conversations WHERE contact_id = ANY($1) ORDER BY id", e.marks.Contacts)
	second.query(conversation, `SELECT id FROM conversation_aliases WHERE conversation_id IN (SELECT id FROM conversations WHERE contact_id = ANY($1))
		ORDER BY id`, e.marks.Contacts)
	second.query(func(row scanner) error {
		var id string
		var one [2]string
		err := row.Scan(&id, &one[0], &one[1])
		e.unread, e.events = append(e.unread, id), append(e.events, one)
		return err
	}, "SELECT id, channel_id, external_id FROM inbox WHERE contact_id = ANY($1) AND state = 'new'", e.marks.Contacts)
	if err := e.tx.run(ctx, &second); err != nil {
		return err
	}
	var third batch
	third.query(func(row scanner) error {
		var one [2]string
		err := row.Scan(&one[0], &one[1])
		e.events = append(e.events, one)
		return err
	}, "SELECT channel_id, external_id FROM messages WHERE conversation_id = ANY($1) AND external_id <> '' AND created_at >= $2",
		e.marks.Conversations, millis(e.store.now().Add(-repeatedFor)))
	return e.tx.run(ctx, &third)
}

// stop takes back what was not claimed and ends the person's runs. A send that was claimed ends as it does, and its run with it;
// one of which nobody knows is never sent again.
func (e *erasing) stop(ctx context.Context) error {
	e.runs = nil
	var take, read batch
	const taken = "(SELECT id FROM outbox WHERE contact_id = ANY($1) AND (state <> 'sending' OR claimed_at < $2))"
	lapsed := millis(e.store.now().Add(-e.store.lease))
	take.exec(`UPDATE messages SET state = 'cancelled' WHERE state IN ('queued', 'parked', 'sending', 'unconfirmed') AND id IN `+taken, e.marks.Contacts, lapsed)
	take.exec("DELETE FROM outbox WHERE id IN "+taken, e.marks.Contacts, lapsed)
	if err := e.tx.run(ctx, &take); err != nil {
		return err
	}
	read.query(func(row scanner) error {
		var one stoppedRun
		err := row.Scan(&one.runID, &one.followUpID, &one.contactID)
		e.runs = append(e.runs, one)
		return err
	}, `SELECT r.id, r.followup_id, r.contact_id FROM runs r WHERE r.contact_id = ANY($1) AND r.state = 'waiting'
		AND NOT EXISTS (SELECT 1 FROM outbox o JOIN messages m ON m.id = o.id WHERE o.contact_id = r.contact_id AND m.run_id = r.id)
		ORDER BY r.id`, e.marks.Contacts)
	if err := e.tx.run(ctx, &read); err != nil {
		return err
	}
	return e.store.stopRuns(ctx, e.tx, e.runs, ErasedReason)
}

// Erasures lists erasures that have something left to be done.
func (s *Store) Erasures(ctx context.Context, now time.Time, limit int) ([]desk.Ref, error) {
	var due []desk.Ref
	err := s.list(ctx, func(row scanner) error {
		var one desk.Ref
		err := row.Scan(&one.ContactID, &one.TenantID)
		due = append(due, one)
		return err
	}, "SELECT contact_id, tenant_id FROM erasures WHERE due_at <= $1 ORDER BY due_at LIMIT $2", millis(now), limit)
	return due, err
}
