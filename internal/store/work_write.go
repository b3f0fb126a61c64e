package store

import (
	"context"

	"retoma/flows"
	"retoma/internal/desk"
)

// writeDesk writes the changes. Rows of each table are written in order of id; the mailbox comes last.
// With claims it checks them and leaves only COMMIT to be done.
func (s *Store) writeDesk(ctx context.Context, tx transaction, d *desk.Desk) (*batch, error) {
	work := &batch{}
	for _, write := range []func(*batch, *desk.Desk) error{
		writeContact, writeConversations, writeMessages, writeRevocations, writeItems, writeRuns, writeFollowUps, writeOutcome, writeNotifications,
		writeTroubles,
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
	for _, replaced := range d.Changes.Replaced {
		lines, err := logLines(replaced.Log)
		if err != nil {
			return err
		}
		work.exec(`UPDATE followups SET message_id = $2, log = log || $3 WHERE id = (SELECT followup_id FROM messages WHERE id = $1)
			AND message_id = $1 AND state = $4`, replaced.MessageID, replaced.By, lines, string(flows.FollowUpSent))
		work.exec("UPDATE messages SET log = log || $2 WHERE id = $1", replaced.MessageID, lines)
	}
	for _, failed := range d.Changes.FailedFollowUps {
		lines, err := logLines(failed.Log)
		if err != nil {
			return err
		}
		work.exec(`UPDATE followups SET state = $2, failed_at = $3, error_code = $4, log = log || $5
			WHERE id = (SELECT followup_id FROM messages WHERE id = $1) AND message_id = $1 AND state = $6`,
			failed.MessageID, string(flows.FollowUpFailed), millis(failed.At), failed.ErrorCode, lines, string(flows.FollowUpSent))
	}
	writeLostUploads(work, d)
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
