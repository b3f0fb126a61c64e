package store

import (
	"context"
	"slices"

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
