package store

import (
	"cmp"
	"slices"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// writing is what a group of units writes, table by table.
type writing struct {
	contacts, conversations, newMessages, newItems, newRuns *table
	// Rows of changed ones; no id twice in one of them, because a statement changes a row once.
	messages                                         []*table
	items, runs, followUps, restartedFollowUps, read *table
	doneItems, handled, released                     []string
	states                                           map[chat.MessageState]string
}

// before is before, worked out once for each state.
func (w *writing) before(next chat.MessageState) string {
	if _, known := w.states[next]; !known {
		w.states[next] = before(next)
	}
	return w.states[next]
}

// writeDesks writes the changes of all units. Rows of each table are written in order of id, as everywhere; the mailboxes
// come last.
func writeDesks(work *batch, units []*unit) error {
	w := &writing{
		contacts: changedContactTable(), conversations: changedConversationTable(), newMessages: newMessageTable(),
		newItems: newItemTable(), newRuns: newRunTable(), items: changedItemTable(), runs: changedRunTable(),
		followUps: followUpTable(), restartedFollowUps: followUpTable(), read: newTable("contact_id text", "upto bigint"),
		states: map[chat.MessageState]string{},
	}
	rest := &batch{}
	for _, u := range units {
		if err := w.collect(u, rest); err != nil {
			return err
		}
	}
	w.write(work, rest)
	return nil
}

func (w *writing) collect(u *unit, rest *batch) error {
	d := u.worked.Desk
	for _, collect := range []func(*desk.Desk) error{w.contact, w.talks, w.outbox, w.walks} {
		if err := collect(d); err != nil {
			return err
		}
	}
	for _, write := range []func(*batch, *desk.Desk) error{writeRevocations, writeOutcome, writeNotifications, writeTroubles} {
		if err := write(rest, d); err != nil {
			return err
		}
	}
	if len(d.Changes.Handled) > 0 {
		w.handled = append(w.handled, d.Changes.Handled...)
		w.read.add(d.Contact.ID, readUpTo(d))
	}
	return nil
}

// write adds the statements in the order in which tables are written. What ends comes before what begins: a run may take
// the place of another.
func (w *writing) write(work, rest *batch) {
	inOrder(w.contacts, w.conversations, w.newMessages, w.newItems, w.newRuns, w.items, w.runs, w.followUps, w.restartedFollowUps, w.read)
	inOrder(w.messages...)
	slices.Sort(w.doneItems)
	slices.Sort(w.handled)
	work.with(w.contacts, updateContacts)
	work.with(w.conversations, updateConversations)
	insertMessages(work, w.newMessages)
	if len(w.released) > 0 { // what was unconfirmed goes the way of all that waits: its fence was checked
		slices.Sort(w.released)
		work.exec("UPDATE messages SET state = 'queued' WHERE id = ANY($1) AND state = 'unconfirmed'", w.released)
	}
	for _, wave := range w.messages {
		work.with(wave, updateMessages)
	}
	insertItems(work, w.newItems)
	work.with(w.items, updateItems)
	if len(w.doneItems) > 0 {
		work.exec("DELETE FROM outbox WHERE id = ANY($1)", w.doneItems)
	}
	work.with(w.runs, updateRuns)
	work.insert(w.newRuns, "runs", "")
	putFollowUps(work, w.followUps, "followups.log || excluded.log")
	putFollowUps(work, w.restartedFollowUps, "excluded.log")
	work.statements = append(work.statements, rest.statements...)
	if len(w.handled) > 0 {
		// Not state = 'new', which would let PostgreSQL read an index of all new rows whole instead of these.
		work.exec("UPDATE inbox SET state = 'done' WHERE id = ANY($1) AND state || '' = 'new'", w.handled)
	}
	work.with(w.read, "UPDATE mailbox SET processed = v.upto FROM {v} WHERE mailbox.contact_id = v.contact_id AND mailbox.processed < v.upto")
}

// inOrder sorts rows by their first cell, which is the id.
func inOrder(tables ...*table) {
	for _, t := range tables {
		slices.SortStableFunc(t.rows, func(a, b []any) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	}
}

func (w *writing) contact(d *desk.Desk) error {
	if d.Changes.Contact == nil {
		return nil
	}
	return addChangedContact(w.contacts, *d.Changes.Contact, d.Now)
}

func (w *writing) talks(d *desk.Desk) error {
	for _, conversation := range d.Conversations {
		if changed, yes := d.Changes.Conversations[conversation.ID]; yes && changed != conversation {
			addChangedConversation(w.conversations, changed)
		}
	}
	for _, message := range d.Changes.NewMessages {
		if err := addMessage(w.newMessages, message); err != nil {
			return err
		}
	}
	for _, message := range d.Changes.Messages {
		if err := w.change(message); err != nil {
			return err
		}
	}
	return nil
}

// change notes a changed message in the first wave that does not have it yet.
func (w *writing) change(message chat.Message) error {
	for _, wave := range w.messages {
		if !wave.has(message.ID) {
			return addChangedMessage(wave, message, w.before)
		}
	}
	wave := changedMessageTable()
	w.messages = append(w.messages, wave)
	return addChangedMessage(wave, message, w.before)
}

func (t *table) has(id string) bool {
	return slices.ContainsFunc(t.rows, func(row []any) bool { return row[0] == id })
}

// outbox notes outbox rows with their messages. What is claimed is written as being sent: its fence was checked. A row that
// comes and goes within one unit is never written.
func (w *writing) outbox(d *desk.Desk) error {
	claimed := func(item desk.Item) desk.Item {
		if slices.Contains(d.Changes.Claims, item.ID) {
			item.State, item.ClaimedAt = desk.ItemSending, d.Now
		}
		return item
	}
	last := lastPosition(d)
	for _, item := range d.Changes.NewItems {
		if item.Position == 0 {
			last++
			item.Position = last
		}
		if err := addMessage(w.newMessages, item.Message); err != nil {
			return err
		}
		if !slices.Contains(d.Changes.DoneItems, item.ID) {
			addItem(w.newItems, claimed(item), d.Horizon)
		}
	}
	for _, item := range d.Changes.Items {
		if err := w.change(item.Message); err != nil {
			return err
		}
		if !slices.Contains(d.Changes.DoneItems, item.ID) {
			addChangedItem(w.items, claimed(item), d.Horizon)
		}
	}
	w.doneItems = append(w.doneItems, d.Changes.DoneItems...)
	w.released = append(w.released, d.Changes.Released...)
	return nil
}

// lastPosition is the greatest place in the outbox that a desk knows: new rows are placed here, because they are not written in
// the order in which they were asked for.
func lastPosition(d *desk.Desk) int64 {
	var last int64
	for _, items := range [][]desk.Item{d.Outbox, d.Changes.NewItems} {
		for _, item := range items {
			last = max(last, item.Position)
		}
	}
	return last
}

// walks notes runs and their follow-ups.
func (w *writing) walks(d *desk.Desk) error {
	for _, run := range d.Changes.Runs {
		if err := addChangedRun(w.runs, run, d); err != nil {
			return err
		}
	}
	for _, run := range d.Changes.NewRuns {
		if err := addRun(w.newRuns, run, d); err != nil {
			return err
		}
	}
	for _, followUp := range d.Changes.FollowUps {
		rows := w.followUps
		if followUp.LogAnew {
			rows = w.restartedFollowUps
		}
		if err := addFollowUp(rows, followUp); err != nil {
			return err
		}
	}
	return nil
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

func writeNotifications(work *batch, d *desk.Desk) error {
	for _, notification := range d.Changes.Notifications {
		if err := insertNotification(work, notification); err != nil {
			return err
		}
	}
	return nil
}
