package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

const contactColumns = `id, tenant_id, number, name, phone, route, timezone, tags, stage, status, fields, opt_out, opt_out_at,
	last_followup_id, last_followup_at, automatic_at, automatic_id, automatic_day, automatic_count, created_at, updated_at, limits, merged_into, erased_at`

// mailOfAll bounds the mail that one transaction reads.
const mailOfAll = 1000

// reading is how the desks of a group of units are read: each table once for all.
type reading struct {
	store *Store
	units map[string]*unit // by contact
	ids   []string
	mail  int
}

// readDesks takes the contacts' locks and reads everything about them in one batch. Without wait, a contact that somebody
// else has is busy, and a unit that would have to wait is told to do so alone.
func (s *Store) readDesks(ctx context.Context, tx transaction, units []*unit, wait bool) error {
	r := &reading{store: s, units: map[string]*unit{}}
	now := s.now()
	for _, u := range units {
		u.worked, u.err = desk.Worked{Desk: &desk.Desk{Now: now, Restored: instant(s.restored)}}, nil
		u.locked, u.exists, u.gated, u.fence = false, false, true, fence{}
		r.units[u.ref.ContactID] = u
		r.ids = append(r.ids, u.ref.ContactID)
	}
	slices.Sort(r.ids) // the order in which locks are taken
	var work batch
	r.lock(&work, units, wait)
	for _, read := range []func(*batch){r.mailboxes, r.revisions, r.keys, r.inboxes, r.runs, r.followUps, r.conversations, r.outboxes} {
		read(&work)
	}
	if err := tx.run(ctx, &work); err != nil {
		return fmt.Errorf("reading the contacts' desks: %w", err)
	}
	// A process that stood still, or a database that was slow, may have read what came long after it began.
	if late := s.now(); late.After(now) {
		now = late
	}
	for _, u := range units {
		u.worked.Desk.Now = now
		u.worked.Desk.Now = afterMail(u.worked.Desk)
		u.found(wait)
	}
	if r.mail >= mailOfAll && len(units) > 1 {
		return errAlone // what was read may not be all of somebody's
	}
	return nil
}

// clockSkew is how far the clocks of two processes may be apart without one of them being wrong.
const clockSkew = time.Second

// afterMail is the desk's instant, but never before mail that came in while the desk was read: what is said in answer to it is
// of a later id.
func afterMail(d *desk.Desk) time.Time {
	now := d.Now
	for _, mail := range d.Mail {
		if at := mail.Event.ReceivedAt; at.After(now) && at.Sub(d.Now) <= clockSkew {
			now = at
		}
	}
	return now
}

// found settles what the reading came to.
func (u *unit) found(wait bool) {
	contact := u.worked.Desk.Contact
	u.worked.Gone = !u.exists && contact.MergedInto == "" || !contact.ErasedAt.IsZero() && len(u.outcomes) == 0
	u.worked.Busy = u.exists && !u.locked
	if !u.gated || u.worked.Busy && !wait && len(u.outcomes) > 0 {
		u.worked, u.err = desk.Worked{}, errAlone
	}
}

func (r *reading) lock(work *batch, units []*unit, wait bool) {
	gates := map[string]bool{}
	for _, u := range units {
		switch {
		case gates[u.ref.TenantID]:
		case wait:
			r.store.database.gate(work, u.ref.TenantID, false)
		default:
			r.store.database.tryGate(work, u.ref.TenantID, func(shared bool) {
				for _, other := range units {
					if other.ref.TenantID == u.ref.TenantID {
						other.gated = shared
					}
				}
			})
		}
		gates[u.ref.TenantID] = true
	}
	lock := " FOR NO KEY UPDATE SKIP LOCKED"
	if wait && (len(units[0].outcomes) > 0 || units[0].edits) {
		lock = " FOR NO KEY UPDATE"
	}
	work.query(func(row scanner) error {
		contact, err := scanContact(row)
		if u := r.units[contact.ID]; err == nil && u.ref.TenantID == contact.TenantID {
			u.locked, u.worked.Desk.Contact = true, contact
		}
		return err
	}, "SELECT "+contactColumns+" FROM contacts WHERE id = ANY($1) ORDER BY id"+lock, r.ids)
}

// desk is the one of a contact.
func (r *reading) desk(contactID string) *desk.Desk { return r.units[contactID].worked.Desk }

func (r *reading) mailboxes(work *batch) {
	work.query(func(row scanner) error {
		var contactID string
		var received, revision int64
		if err := row.Scan(&contactID, &received, &revision); err != nil {
			return err
		}
		r.units[contactID].exists = true
		d := r.desk(contactID)
		d.Received, d.Revision = received, revision
		return nil
	}, "SELECT contact_id, received, rev FROM mailbox WHERE contact_id = ANY($1)", r.ids)
}

func (r *reading) revisions(work *batch) {
	var tenants []string
	for _, u := range r.units {
		if !slices.Contains(tenants, u.ref.TenantID) {
			tenants = append(tenants, u.ref.TenantID)
		}
	}
	work.query(func(row scanner) error {
		var tenantID string
		var revision int64
		err := row.Scan(&tenantID, &revision)
		for _, u := range r.units {
			if u.ref.TenantID == tenantID {
				u.worked.Desk.TenantRevision = revision
			}
		}
		return err
	}, "SELECT id, revision FROM tenants WHERE id = ANY($1)", tenants)
}

func (r *reading) keys(work *batch) {
	work.query(func(row scanner) error {
		var contactID string
		var key chat.ContactKey
		if err := row.Scan(&contactID, &key.Kind, &key.Value, &key.Scope); err != nil {
			return err
		}
		contact := &r.desk(contactID).Contact
		contact.Keys = append(contact.Keys, key)
		return nil
	}, "SELECT contact_id, kind, value, scope FROM contact_keys WHERE contact_id = ANY($1) ORDER BY kind, value", r.ids)
}

func (r *reading) inboxes(work *batch) {
	limit := mailOfAll
	if len(r.ids) == 1 {
		limit = mailLimit
	}
	work.query(func(row scanner) error {
		r.mail++
		var contactID, body string
		var mail desk.Mail
		if err := row.Scan(&contactID, &body, &mail.Attempts); err != nil {
			return err
		}
		d := r.desk(contactID)
		if len(d.Mail) >= mailLimit {
			return nil
		}
		err := decode(body, &mail.Event)
		d.Mail = append(d.Mail, mail)
		return err
	}, "SELECT contact_id, body, attempts FROM inbox WHERE contact_id = ANY($1) AND state = 'new' ORDER BY contact_id, number, id LIMIT $2", r.ids, limit)
}

func (r *reading) runs(work *batch) {
	work.query(func(row scanner) error {
		run, err := scanRun(row)
		if err == nil {
			d := r.desk(run.ContactID)
			d.Runs = append(d.Runs, run)
		}
		return err
	}, "SELECT "+runColumns+" FROM runs WHERE contact_id = ANY($1) AND state = 'waiting' ORDER BY id", r.ids)
}

func (r *reading) followUps(work *batch) {
	work.query(func(row scanner) error {
		var holder string
		followUp, err := scanFollowUp(row, &holder)
		if err != nil {
			return err
		}
		followUp.Log = nil // only what is new is kept on the desk
		d := r.desk(holder)
		for i := range d.Runs {
			if d.Runs[i].ID == followUp.RunID {
				d.Runs[i].Open = &followUp
			}
		}
		return nil
	}, "SELECT "+followUpColumns+`, r.contact_id FROM runs r JOIN followups f ON f.id = r.followup_id
		WHERE r.contact_id = ANY($1) AND r.state = 'waiting' AND r.followup_id <> ''`, r.ids)
}

func (r *reading) conversations(work *batch) {
	work.query(func(row scanner) error {
		conversation, err := scanConversation(row)
		if err == nil {
			d := r.desk(conversation.ContactID)
			d.Conversations = append(d.Conversations, conversation)
		}
		return err
	}, "SELECT "+conversationColumns+" FROM conversations WHERE contact_id = ANY($1) ORDER BY id", r.ids)
}

func (r *reading) outboxes(work *batch) {
	work.query(func(row scanner) error {
		var holder string
		item, err := scanItem(row, &holder)
		if err == nil {
			d := r.desk(holder)
			d.Outbox = append(d.Outbox, item)
		}
		return err
	}, "SELECT "+itemColumns+", o.contact_id FROM outbox o JOIN messages m ON m.id = o.id WHERE o.contact_id = ANY($1) ORDER BY o.position, o.id", r.ids)
}
