package store

import (
	"context"
	"errors"
	"fmt"

	"retoma/flows"
	"retoma/internal/desk"
)

// errStale tells that the mailbox moved between reading and claiming: everything is undone and decided again.
var errStale = errors.New("the mailbox moved")

// mailLimit bounds how much mail one unit of work handles.
const mailLimit = 100

// Work reads everything about a contact under its lock, lets decide note changes, and writes them in one transaction.
// Claims demand that the mailbox is as it was read; if something came in meanwhile, everything is undone and decided
// anew (domain.md section 5, the reply fence). With outcomes the lock is waited for; without, a contact that somebody
// else works on is reported as busy.
func (s *Store) Work(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome, decide desk.Decide) (desk.Worked, error) {
	for range 20 {
		worked, err := s.workOnce(ctx, ref, outcomes, decide)
		if !errors.Is(err, errStale) {
			return worked, err
		}
	}
	return desk.Worked{Busy: true}, nil
}

func (s *Store) workOnce(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome, decide desk.Decide) (desk.Worked, error) {
	var worked desk.Worked
	point := "work"
	if len(outcomes) > 0 {
		point = "finish"
	}
	err := s.work(ctx, point, func(tx transaction) (last *batch, err error) {
		worked, err = s.readDesk(ctx, tx, ref, len(outcomes) > 0)
		if err != nil || worked.Busy || worked.Gone {
			return nil, err
		}
		d := worked.Desk
		d.Outcomes = outcomes
		if err := decide(ctx, d); err != nil {
			return nil, err
		}
		return s.writeDesk(ctx, tx, d)
	})
	return worked, err
}

// work is write with a last batch that travels together with COMMIT; nil means that nothing is to be written.
func (s *Store) work(ctx context.Context, point string, do func(tx transaction) (*batch, error)) error {
	var err error
	for range attempts {
		var wrote bool
		wrote, err = s.workTransaction(ctx, do)
		if err == nil {
			if wrote {
				s.committed(point)
			}
			return nil
		}
		if !s.database.retryable(err) {
			return err
		}
	}
	return err
}

func (s *Store) workTransaction(ctx context.Context, do func(tx transaction) (*batch, error)) (wrote bool, err error) {
	tx, err := s.database.begin(ctx)
	if err != nil {
		return false, err
	}
	defer tx.rollback()
	last, err := do(tx)
	if err != nil || last == nil {
		return false, err
	}
	return true, tx.finish(ctx, last)
}

const contactColumns = `id, tenant_id, number, name, phone, route, timezone, tags, stage, status, fields, opt_out, opt_out_at,
	last_followup_id, last_followup_at, created_at, updated_at`

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
	s.readMail(&work, d, ref)
	readRuns(&work, d, ref)
	readConversations(&work, d, ref)
	readOutbox(&work, d, ref)
	if err := tx.run(ctx, &work); err != nil {
		return desk.Worked{}, fmt.Errorf("reading the contact's desk: %w", err)
	}
	return desk.Worked{Busy: exists && !locked, Gone: !exists, Desk: d}, nil
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

// writeDesk writes the changes. Rows of each table are written in order of id; the mailbox comes last.
// With claims it checks them and leaves only COMMIT to be done.
func (s *Store) writeDesk(ctx context.Context, tx transaction, d *desk.Desk) (*batch, error) {
	work := &batch{}
	for _, write := range []func(*batch, *desk.Desk) error{
		writeContact, writeConversations, writeMessages, writeItems, writeRuns, writeFollowUps, writeOutcome, writeNotifications,
	} {
		if err := write(work, d); err != nil {
			return nil, err
		}
	}
	if work.empty() && len(d.Changes.Handled) == 0 {
		return nil, nil
	}
	claimed := writeClaims(work, d)
	writeHandled(work, d)
	if len(claimed) == 0 {
		return work, nil
	}
	if err := tx.run(ctx, work); err != nil {
		return nil, err
	}
	for _, ok := range claimed {
		if !*ok {
			return nil, errStale
		}
	}
	return &batch{}, nil
}

// writeClaims is the fence: a claim succeeds only if the contact's mailbox is at the revision that the policies saw.
// The mailbox row is locked by the sub-select first, so that PostgreSQL judges its newest version
// (a plain sub-select in the UPDATE would see an older snapshot and let a reply slip through).
func writeClaims(work *batch, d *desk.Desk) []*bool {
	var claimed []*bool
	for _, id := range d.Changes.Claims {
		ok := new(bool)
		claimed = append(claimed, ok)
		work.query(func(row scanner) error {
			*ok = true
			var id string
			return row.Scan(&id)
		}, `WITH m AS (SELECT contact_id FROM mailbox WHERE contact_id = $2 AND rev = $3 FOR UPDATE)
			UPDATE outbox SET state = 'sending', claimed_at = $4 FROM m
			WHERE outbox.id = $1 AND outbox.contact_id = m.contact_id AND outbox.state = 'pending' RETURNING outbox.id`,
			id, d.Contact.ID, d.Revision, millis(d.Now))
	}
	return claimed
}

// writeHandled ends inbox rows and tells the mailbox how far it was read.
func writeHandled(work *batch, d *desk.Desk) {
	for _, id := range d.Changes.Handled {
		work.exec("UPDATE inbox SET state = 'done' WHERE id = $1 AND state = 'new'", id)
	}
	if len(d.Changes.Handled) == 0 {
		return
	}
	work.exec("UPDATE mailbox SET processed = $2 WHERE contact_id = $1 AND processed < $2", d.Contact.ID, readUpTo(d))
}

// readUpTo is the last mailbox number with nothing unread below it.
func readUpTo(d *desk.Desk) int64 {
	handled := map[string]bool{}
	for _, id := range d.Changes.Handled {
		handled[id] = true
	}
	upTo := d.Received
	if len(d.Mail) >= mailLimit {
		upTo = d.Mail[len(d.Mail)-1].Event.Number
	}
	for _, mail := range d.Mail {
		if !handled[mail.Event.ID] && mail.Event.CountsAsMail() {
			upTo = min(upTo, mail.Event.Number-1)
		}
	}
	return upTo
}

func writeOutcome(work *batch, d *desk.Desk) error {
	if credit := d.Changes.Credit; credit != nil {
		work.exec(`UPDATE followups SET responded_at = $2 WHERE id = $1 AND responded_at = 0`, credit.FollowUpID, millis(credit.At))
	}
	for _, failed := range d.Changes.FailedFollowUps {
		lines, err := logLines(failed.Log)
		if err != nil {
			return err
		}
		work.exec(`UPDATE followups SET state = $2, failed_at = $3, error_code = $4, log = log || $5
			WHERE id = (SELECT followup_id FROM messages WHERE id = $1) AND state = $6`,
			failed.MessageID, string(flows.FollowUpFailed), millis(failed.At), failed.ErrorCode, lines, string(flows.FollowUpSent))
	}
	return nil
}

func writeContact(work *batch, d *desk.Desk) error {
	contact := d.Changes.Contact
	if contact == nil {
		return nil
	}
	return updateContact(work, *contact, d.Now)
}

func writeConversations(work *batch, d *desk.Desk) error {
	for _, conversation := range d.Conversations {
		if changed, yes := d.Changes.Conversations[conversation.ID]; yes && changed != conversation {
			updateConversation(work, changed)
		}
	}
	return nil
}

func writeMessages(work *batch, d *desk.Desk) error {
	for _, message := range d.Changes.NewMessages {
		if err := insertMessage(work, message); err != nil {
			return err
		}
	}
	for _, message := range d.Changes.Messages {
		if err := updateMessage(work, message); err != nil {
			return err
		}
	}
	return nil
}

func writeItems(work *batch, d *desk.Desk) error {
	for _, item := range d.Changes.NewItems {
		if err := insertMessage(work, item.Message); err != nil {
			return err
		}
		insertItem(work, item, d.Horizon)
	}
	for _, item := range d.Changes.Items {
		if err := updateMessage(work, item.Message); err != nil {
			return err
		}
		updateItem(work, item, d.Horizon)
	}
	for _, id := range d.Changes.DoneItems {
		work.exec("DELETE FROM outbox WHERE id = $1", id)
	}
	return nil
}

func writeRuns(work *batch, d *desk.Desk) error {
	for _, run := range d.Changes.Runs {
		if err := updateRun(work, run, d); err != nil {
			return err
		}
	}
	for _, run := range d.Changes.NewRuns {
		if err := insertRun(work, run, d); err != nil {
			return err
		}
	}
	return nil
}

func writeFollowUps(work *batch, d *desk.Desk) error {
	for _, followUp := range d.Changes.FollowUps {
		if err := putFollowUp(work, followUp); err != nil {
			return err
		}
	}
	return nil
}

func writeNotifications(work *batch, d *desk.Desk) error {
	for _, notification := range d.Changes.Notifications {
		if err := insertNotification(work, notification); err != nil {
			return err
		}
	}
	return nil
}
