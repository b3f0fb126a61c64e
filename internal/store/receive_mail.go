package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// raise moves the delivery states and then raises the mailboxes, in order of contact.
func (g *reception) raise(ctx context.Context, tx transaction) error {
	var work batch
	g.moveStatuses(&work)
	counts := map[string]int64{}
	for _, merge := range g.merges {
		counts[merge.stays.contactID]++
		counts[merge.goes.contactID]++
	}
	for _, lost := range g.losses {
		counts[lost.contactID]++
	}
	for _, one := range g.entries {
		if one.fresh && !one.arrival.OnlyPerson && one.arrival.Event.CountsAsMail() {
			counts[one.person.contactID]++
		}
	}
	var raised []string
	rows := newTable("contact_id text", "count bigint")
	for _, known := range g.sortedPeople() {
		if counts[known.contactID] > 0 {
			raised = append(raised, known.contactID)
			rows.add(known.contactID, counts[known.contactID])
		}
	}
	if g.store.database.overlaps() && len(raised) > 1 {
		work.query(nothing, "SELECT 1 FROM mailbox WHERE contact_id = ANY($1) ORDER BY contact_id FOR UPDATE", raised)
	}
	work.read(rows, func(row scanner) error {
		var contactID string
		var received int64
		err := row.Scan(&contactID, &received)
		g.received[contactID] = received - counts[contactID]
		return err
	}, `UPDATE mailbox SET received = mailbox.received + v.count, rev = mailbox.rev + 1 FROM {v}
		WHERE mailbox.contact_id = v.contact_id RETURNING mailbox.contact_id, mailbox.received`)
	if work.empty() {
		return nil
	}
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	if len(g.received) < len(counts) {
		return errRaced // somebody was merged since the look-up: the mailbox is gone
	}
	return nil
}

// deposit gives the batch that writes the inbox rows; it travels together with COMMIT. The index inbox_once catches what
// another process wrote in the meantime.
func (g *reception) deposit() (*batch, error) {
	work, after := &batch{}, &batch{}
	now := g.now
	if err := g.depositNotices(millis(now)); err != nil {
		return nil, err
	}
	position := 0
	for i := range g.intakes {
		for range g.intakes[i].Arrivals {
			if err := g.depositOne(work, after, i, g.entries[position], millis(now)); err != nil {
				return nil, err
			}
			position++
		}
		for _, item := range g.intakes[i].Rejected {
			keepRejected(work, item, millis(now))
		}
	}
	work.insert(g.inbox, "inbox", "ON CONFLICT DO NOTHING")
	work.statements = append(work.statements, after.statements...)
	return work, g.depositStatuses(work, now)
}

func (g *reception) depositOne(work, after *batch, intake int, one *entry, now int64) error {
	if !one.fresh || one.arrival.OnlyPerson {
		return nil
	}
	event := one.arrival.Event
	event.ID = chat.NewID()
	event.TenantID, event.ChannelID = one.arrival.TenantID, one.arrival.ChannelID
	event.ContactID, event.ConversationID = one.person.contactID, one.to.ConversationID
	if event.CountsAsMail() {
		g.received[event.ContactID]++
		event.Number = g.received[event.ContactID]
	}
	event.ReceivedAt = instant(now)
	if event.Message != nil {
		event.At = notAfter(event.At, event.ReceivedAt)
	}
	event.Identity = one.identity
	fetch, err := keepFiles(work, &event, now)
	if err != nil {
		return err
	}
	g.written[intake].Fetch = g.written[intake].Fetch || fetch
	one.to.EventID = event.ID
	keepWords(work, event, instant(now))
	if err := g.put(intake, event); err != nil || !fetch {
		return err
	}
	// Another process may have written the same message meanwhile; then its file is this one.
	after.exec("DELETE FROM media WHERE message_id = $1 AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.id = $1)", event.ID)
	return nil
}

// depositNotices tells people first that they are one, or that their number is lost: whatever follows is read by who they
// are then.
func (g *reception) depositNotices(now int64) error {
	for _, merge := range g.merges {
		for _, one := range []*person{merge.stays, merge.goes} {
			data := map[string]any{"contactIds": []string{merge.stays.contactID, merge.goes.contactID}}
			if err := g.notice(merge.intake, one, chat.MergeWanted, data, now); err != nil {
				return err
			}
		}
	}
	for _, lost := range g.losses {
		if err := g.notice(lost.lostIn, lost, chat.NumberLost, map[string]any{"phoneKeys": lost.lost}, now); err != nil {
			return err
		}
	}
	return nil
}

func (g *reception) notice(intake int, one *person, name chat.EventName, data map[string]any, now int64) error {
	g.received[one.contactID]++
	return g.put(intake, chat.Event{
		ID: chat.NewID(), TenantID: one.tenantID, ContactID: one.contactID, Name: name, At: instant(now), ReceivedAt: instant(now),
		Number: g.received[one.contactID], Data: data,
	})
}

func inboxTable() *table {
	return newTable("id text", "tenant_id text", "contact_id text", "channel_id text", "external_id text", "name text", "number bigint",
		"state text", "attempts bigint", "body text", "error text", "received_at bigint")
}

// put has an event written into its contact's inbox.
func (g *reception) put(intake int, event chat.Event) error {
	body, err := encoded(event)
	if err != nil {
		return err
	}
	g.inbox.add(event.ID, event.TenantID, event.ContactID, event.ChannelID, text(event.ExternalID), string(event.Name), event.Number,
		"new", 0, text(body), "", millis(event.ReceivedAt))
	g.wake(intake, event.TenantID, event.ContactID)
	return nil
}

func (g *reception) wake(intake int, tenantID, contactID string) {
	ref := desk.Ref{TenantID: tenantID, ContactID: contactID}
	if !slices.Contains(g.written[intake].Wake, ref) {
		g.written[intake].Wake = append(g.written[intake].Wake, ref)
	}
}

// movedStatus is a delivery state and the message that it moved.
type movedStatus struct {
	arrival   desk.StatusArrival
	intake    int
	messageID string
	contactID string
	runID     string
	awaited   bool
	// begun is when the message was claimed, or made, in UTC milliseconds: nothing happened to it before.
	begun int64
	// known counts the recipient's keys by which the contact is known already.
	known int64
}

// moveStatuses is the batched compare-and-set of delivery states: a state only moves forward; a late lower one
// leaves only its time, which is no earlier than the message. Statuses of messages that are not ours match nothing.
func (g *reception) moveStatuses(work *batch) {
	slices.SortStableFunc(g.statuses, func(a, b *movedStatus) int {
		return compareStatuses(a.arrival.Status, b.arrival.Status)
	})
	g.lockStated(work)
	for _, moved := range g.statuses {
		status := moved.arrival.Status
		where, key := "channel_id = $9 AND external_id = $10 AND external_id <> ''", text(status.MessageExternalID)
		if chat.IsID(status.Tracker) {
			where, key = "channel_id = $9 AND id = $10", status.Tracker
		}
		work.query(func(row scanner) error {
			return row.Scan(&moved.messageID, &moved.contactID, &moved.runID, &moved.awaited, &moved.begun, &moved.known)
		}, statusText(status.State, where)+knownKeys(len(status.Recipient)), moved.args(key)...)
	}
}

// lockStated takes the messages in order of id, as work does: what is sent right now is stated right now, and the two would
// wait for each other in a circle.
func (g *reception) lockStated(work *batch) {
	if len(g.statuses) < 2 || !g.store.database.overlaps() {
		return
	}
	rows := newTable("channel_id text", "external_id text", "id text")
	for _, moved := range g.statuses {
		rows.add(moved.arrival.ChannelID, text(moved.arrival.Status.MessageExternalID), text(moved.arrival.Status.Tracker))
	}
	work.read(rows, nothing, `SELECT 1 FROM messages m WHERE m.id IN (SELECT v.id FROM {v} UNION SELECT o.id FROM {v,} messages o
		WHERE o.channel_id = v.channel_id AND o.external_id = v.external_id AND o.external_id <> '') ORDER BY m.id FOR NO KEY UPDATE OF m`)
}

func (m *movedStatus) args(key string) []any {
	status := m.arrival.Status
	args := []any{string(status.State), millis(status.At), status.ErrorCode, text(status.ErrorDetail), status.Category, text(status.MessageExternalID),
		status.State == chat.Failed, m.arrival.TenantID, m.arrival.ChannelID, key}
	for _, own := range status.Recipient {
		args = append(args, string(own.Kind), text(own.Value))
	}
	return args
}

// knownKeys counts, in the statement that moves a state anyway, how many of the recipient's keys are the contact's already:
// only where one is not does anything else have to be asked.
func knownKeys(count int) string {
	if count == 0 {
		return ", 0"
	}
	conditions := make([]string, count)
	for i := range conditions {
		conditions[i] = fmt.Sprintf("k.kind = %s AND k.value = %s", place(11+2*i), place(12+2*i))
	}
	return ", (SELECT COUNT(*) FROM contact_keys k WHERE k.contact_id = messages.contact_id AND (" + strings.Join(conditions, " OR ") + "))"
}

func compareStatuses(a, b chat.Status) int {
	if a.Tracker != b.Tracker {
		return strings.Compare(a.Tracker, b.Tracker)
	}
	return strings.Compare(a.MessageExternalID, b.MessageExternalID)
}

// statusText is the compare-and-set for one target state. Awaited tells that a run or the outbox waits for news, or that
// the provider withdrew its acceptance: then the contact's inbox gets a row too.
func statusText(target chat.MessageState, where string) string {
	before := sqlList(reportedBefore(target))
	settles := sqlList([]chat.MessageState{chat.Sending, chat.Unconfirmed})
	// The claim is only asked for where the message still has one; whole seconds of the provider may lie before either.
	const begun = "COALESCE((SELECT o.claimed_at FROM outbox o WHERE o.id = messages.id AND o.claimed_at > messages.created_at), messages.created_at)"
	const happened = "CASE WHEN $2 < " + begun + " THEN " + begun + " ELSE $2 END"
	return fmt.Sprintf(`UPDATE messages SET
		state = CASE WHEN state IN (%[1]s) THEN $1 ELSE state END,
		external_id = CASE WHEN external_id = '' THEN $6 ELSE external_id END,
		at = CASE WHEN at = 0 AND NOT $7 AND state IN (%[2]s) THEN %[4]s ELSE at END,
		sent_at = CASE WHEN $1 = 'sent' AND sent_at = 0 THEN %[4]s ELSE sent_at END,
		delivered_at = CASE WHEN $1 = 'delivered' AND delivered_at = 0 THEN %[4]s ELSE delivered_at END,
		read_at = CASE WHEN $1 IN ('read', 'played') AND read_at = 0 THEN %[4]s ELSE read_at END,
		failed_at = CASE WHEN $7 AND state IN (%[1]s) THEN %[4]s ELSE failed_at END,
		error_code = CASE WHEN $7 AND state IN (%[1]s) THEN $3 ELSE error_code END,
		error_detail = CASE WHEN $7 AND state IN (%[1]s) THEN $4 ELSE error_detail END,
		category = CASE WHEN $5 <> '' THEN $5 ELSE category END
		WHERE tenant_id = $8 AND direction = 'out' AND removal <> 'erased' AND %[3]s AND (NOT $7 OR external_id = '' OR $6 = '' OR external_id = $6)
		RETURNING id, contact_id, run_id, (state = 'failed' AND $7) OR EXISTS (SELECT 1 FROM outbox WHERE outbox.id = messages.id)
			OR $1 IN ('delivered', 'read', 'played') AND EXISTS (SELECT 1 FROM contacts WHERE contacts.id = messages.contact_id AND contacts.limits <> ''), %[5]s`,
		before, settles, where, happened, begun)
}

// reportedBefore are the states that a report of the provider moves to target. A failure that is reported of a message which
// waits to be sent is news of an earlier try, and so is one with another id of the provider's.
func reportedBefore(target chat.MessageState) []chat.MessageState {
	return slices.DeleteFunc(chat.StatesBefore(target), func(state chat.MessageState) bool {
		return state == chat.Queued || state == chat.Parked
	})
}

func sqlList[T ~string](values []T) string {
	list := ""
	for i, value := range values {
		if i > 0 {
			list += ", "
		}
		list += "'" + string(value) + "'"
	}
	return list
}

// confirm notes that a message was reported as sent, or as more than that.
func (g *reception) confirm(moved *movedStatus) {
	switch moved.arrival.Status.State {
	case chat.Sent, chat.Delivered, chat.Read, chat.Played:
	default:
		return
	}
	written := &g.written[moved.intake]
	if written.Confirmed == nil {
		written.Confirmed = map[string][]desk.Confirmation{}
	}
	channelID := moved.arrival.ChannelID
	written.Confirmed[channelID] = append(written.Confirmed[channelID], desk.Confirmation{MessageID: moved.messageID, Begun: instant(moved.begun)})
}

// depositStatuses writes the inbox rows of delivery states that somebody waits for. They do not raise the mailbox:
// a delivery state is no reason to hold a send back.
func (g *reception) depositStatuses(work *batch, now time.Time) error {
	for _, moved := range g.statuses {
		if moved.messageID == "" {
			g.written[moved.intake].StatusesUnknown++
			continue
		}
		if moved.arrival.Confirms {
			g.confirm(moved)
		}
		if !moved.awaited {
			continue
		}
		status := moved.arrival.Status
		status.Tracker = moved.messageID
		if begun := instant(moved.begun); status.At.Before(begun) {
			status.At = begun
		}
		event := chat.Event{
			ID: chat.NewID(), TenantID: moved.arrival.TenantID, ChannelID: moved.arrival.ChannelID, ContactID: moved.contactID,
			Name: chat.MessageStatus, At: status.At, ReceivedAt: now, Status: &status, Data: map[string]any{"runId": moved.runID},
		}
		if status.State == chat.Failed {
			event.ExternalID = "failed:" + moved.messageID // a failure that is reported again is not told again
		}
		if err := depositStatus(work, event); err != nil {
			return err
		}
		g.wake(moved.intake, event.TenantID, event.ContactID)
	}
	return nil
}
