package store

import (
	"cmp"
	"slices"

	"retoma/internal/chat"
)

// moveMail puts the unread mail of both into one order: the merge first, then by the time when each was received. All of it
// gets numbers above everything that either mailbox has counted, so that nothing that was claimed before looks as if it had
// been claimed after.
//
// Where the two are one already and nothing has come to the gone one, the mail keeps the order and the numbers that it has.
func (m *merge) moveMail(work *batch, base int64) error {
	if m.sweeps && !m.leftMail() {
		raiseRevision(work, m.stays.ID)
		work.exec("DELETE FROM mailbox WHERE contact_id = $1", m.goes.ID)
		return nil
	}
	inOrder := m.inOrder()
	number := base
	if !m.sweeps {
		number++
		if err := m.announce(work, number); err != nil {
			return err
		}
	}
	for _, event := range inOrder {
		if event.Name == chat.MergeWanted && m.isDone(event) {
			work.exec("UPDATE inbox SET state = 'done', contact_id = $2 WHERE id = $1", event.ID, m.stays.ID)
			continue
		}
		if event.CountsAsMail() {
			number++
		}
		event.Number = number
		if err := m.rewrite(work, event); err != nil {
			return err
		}
	}
	work.exec("DELETE FROM mailbox WHERE contact_id = $1", m.goes.ID)
	revision := max(m.boxes[m.stays.ID].revision, m.boxes[m.goes.ID].revision) + 1
	work.exec("UPDATE mailbox SET received = $2, processed = $3, rev = $4 WHERE contact_id = $1", m.stays.ID, number, base, revision)
	return nil
}

// leftMail tells whether there is mail that a repeated merge has to move or to end.
func (m *merge) leftMail() bool {
	return slices.ContainsFunc(m.mail, func(one mailRow) bool {
		return one.contactID == m.goes.ID || one.event.Name == chat.MergeWanted && m.isDone(one.event)
	})
}

// inOrder merges the two queues by the time when each event was received; each keeps its own order.
func (m *merge) inOrder() []chat.Event {
	var mine, theirs, all []chat.Event
	for _, one := range m.mail {
		if one.contactID == m.stays.ID {
			mine = append(mine, one.event)
		} else {
			theirs = append(theirs, one.event)
		}
	}
	for len(mine) > 0 && len(theirs) > 0 {
		if cmp.Or(theirs[0].ReceivedAt.Compare(mine[0].ReceivedAt), cmp.Compare(theirs[0].ID, mine[0].ID)) < 0 {
			all, theirs = append(all, theirs[0]), theirs[1:]
		} else {
			all, mine = append(all, mine[0]), mine[1:]
		}
	}
	return append(append(all, mine...), theirs...)
}

// isDone tells a wish that this merge fulfils, or an earlier one did.
func (m *merge) isDone(event chat.Event) bool {
	for _, id := range event.MergeContacts() {
		if id != m.stays.ID && id != m.goes.ID {
			return false
		}
	}
	return true
}

// rewrite stores an event as what it is to the contact that is left.
func (m *merge) rewrite(work *batch, event chat.Event) error {
	event.ContactID = m.stays.ID
	if keeps, gone := m.conversations[event.ConversationID]; gone {
		event.ConversationID = keeps
	}
	body, err := encoded(event)
	if err != nil {
		return err
	}
	work.exec("UPDATE inbox SET contact_id = $2, number = $3, body = $4 WHERE id = $1", event.ID, m.stays.ID, event.Number, text(body))
	return nil
}

// announce tells the contact that is left, and through it flows and platforms, what happened.
func (m *merge) announce(work *batch, number int64) error {
	now := instant(millis(m.store.now()))
	event := chat.Event{
		ID: chat.NewID(), TenantID: m.stays.TenantID, ContactID: m.stays.ID, Name: chat.ContactMerged, ExternalID: "merged:" + m.goes.ID,
		At: now, ReceivedAt: now, Number: number, Missed: m.missedNow(),
		Data: map[string]any{"mergedContactId": m.goes.ID, "mergedContactNumber": m.goes.Number, "by": m.wanted.By, "conversations": m.conversations,
			"endRuns": m.endRuns},
	}
	body, err := encoded(event)
	if err != nil {
		return err
	}
	work.exec(`INSERT INTO inbox (id, tenant_id, contact_id, channel_id, external_id, name, number, state, attempts, body, error, received_at)
		VALUES ($1, $2, $3, '', $4, $5, $6, 'new', 0, $7, '', $8) ON CONFLICT DO NOTHING`,
		event.ID, event.TenantID, event.ContactID, event.ExternalID, string(event.Name), number, text(body), millis(now))
	return nil
}
