package store

import (
	"context"
	"fmt"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

const contactColumns = `id, tenant_id, number, name, phone, route, timezone, tags, stage, status, fields, opt_out, opt_out_at,
	last_followup_id, last_followup_at, automatic_at, automatic_id, automatic_day, automatic_count, created_at, updated_at, limits, merged_into`

// readDesk takes the contact's lock and reads everything in one batch.
func (s *Store) readDesk(ctx context.Context, tx transaction, ref desk.Ref, wait bool) (desk.Worked, error) {
	d := &desk.Desk{Now: s.now()}
	var work batch
	var locked, exists bool
	lock := " FOR NO KEY UPDATE SKIP LOCKED"
	if wait {
		lock = " FOR NO KEY UPDATE"
	}
	s.database.gate(&work, ref.TenantID, false)
	work.query(func(row scanner) (err error) {
		locked = true
		d.Contact, err = scanContact(row)
		return err
	}, "SELECT "+contactColumns+" FROM contacts WHERE id = $1 AND tenant_id = $2"+lock, ref.ContactID, ref.TenantID)
	work.query(func(row scanner) error {
		exists = true
		return row.Scan(&d.Received, &d.Revision)
	}, "SELECT received, rev FROM mailbox WHERE contact_id = $1", ref.ContactID)
	work.query(func(row scanner) error { return row.Scan(&d.TenantRevision) },
		"SELECT revision FROM tenants WHERE id = $1", ref.TenantID)
	readKeys(&work, d, ref)
	s.readMail(&work, d, ref)
	readRuns(&work, d, ref)
	readConversations(&work, d, ref)
	readOutbox(&work, d, ref)
	if err := tx.run(ctx, &work); err != nil {
		return desk.Worked{}, fmt.Errorf("reading the contact's desk: %w", err)
	}
	return desk.Worked{Busy: exists && !locked, Gone: !exists && d.Contact.MergedInto == "", Desk: d}, nil
}

func readKeys(work *batch, d *desk.Desk, ref desk.Ref) {
	work.query(func(row scanner) error {
		var key chat.ContactKey
		err := row.Scan(&key.Kind, &key.Value, &key.Scope)
		d.Contact.Keys = append(d.Contact.Keys, key)
		return err
	}, "SELECT kind, value, scope FROM contact_keys WHERE contact_id = $1 ORDER BY kind, value", ref.ContactID)
}

func (s *Store) readMail(work *batch, d *desk.Desk, ref desk.Ref) {
	work.query(func(row scanner) error {
		var body string
		var mail desk.Mail
		if err := row.Scan(&body, &mail.Attempts); err != nil {
			return err
		}
		if err := decode(body, &mail.Event); err != nil {
			return err
		}
		d.Mail = append(d.Mail, mail)
		return nil
	}, `SELECT body, attempts FROM inbox WHERE contact_id = $1 AND state = 'new' ORDER BY number, id LIMIT 100`, ref.ContactID)
}

func readRuns(work *batch, d *desk.Desk, ref desk.Ref) {
	work.query(func(row scanner) error {
		run, err := scanRun(row)
		d.Runs = append(d.Runs, run)
		return err
	}, "SELECT "+runColumns+" FROM runs WHERE contact_id = $1 AND state = 'waiting' ORDER BY id", ref.ContactID)
	work.query(func(row scanner) error {
		followUp, err := scanFollowUp(row)
		if err != nil {
			return err
		}
		followUp.Log = nil // only what is new is kept on the desk
		for i := range d.Runs {
			if d.Runs[i].ID == followUp.RunID {
				d.Runs[i].Open = &followUp
			}
		}
		return nil
	}, "SELECT "+followUpColumns+` FROM followups f WHERE f.id IN
		(SELECT followup_id FROM runs WHERE contact_id = $1 AND state = 'waiting' AND followup_id <> '')`, ref.ContactID)
}

func readConversations(work *batch, d *desk.Desk, ref desk.Ref) {
	work.query(func(row scanner) error {
		conversation, err := scanConversation(row)
		d.Conversations = append(d.Conversations, conversation)
		return err
	}, "SELECT "+conversationColumns+" FROM conversations WHERE contact_id = $1 ORDER BY id", ref.ContactID)
}

func readOutbox(work *batch, d *desk.Desk, ref desk.Ref) {
	work.query(func(row scanner) error {
		item, err := scanItem(row)
		d.Outbox = append(d.Outbox, item)
		return err
	}, "SELECT "+itemColumns+" FROM outbox o JOIN messages m ON m.id = o.id WHERE o.contact_id = $1 ORDER BY o.id", ref.ContactID)
}
