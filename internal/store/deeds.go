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

// Carry does deeds in order, all in one commit: the contact as changed, and the facts in its inbox. No send passes it
// unread, and what flows are told of is what the contact is by then.
func (s *Store) Carry(ctx context.Context, tenantID, contactID string, deeds []desk.Deed) (desk.Carried, error) {
	carried, err := s.CarryAll(ctx, tenantID, []desk.Carriage{{ContactID: contactID, Deeds: deeds}})
	if err != nil {
		return desk.Carried{}, err
	}
	return carried[0], nil
}

// CarryAll does deeds to several contacts in one commit, all of them or none. They are taken in order of contact, as all rows
// are locked; what is given for one contact keeps its order.
func (s *Store) CarryAll(ctx context.Context, tenantID string, all []desk.Carriage) ([]desk.Carried, error) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(all[a].ContactID, all[b].ContactID) })
	carried := make([]desk.Carried, len(all))
	err := s.write(ctx, "deeds", func(tx transaction) error {
		for _, i := range order {
			one, err := s.carry(ctx, tx, tenantID, all[i])
			if err != nil {
				return err
			}
			carried[i] = one
		}
		return nil
	})
	return carried, err
}

func (s *Store) carry(ctx context.Context, tx transaction, tenantID string, wanted desk.Carriage) (desk.Carried, error) {
	contact, err := lockContact(ctx, tx, tenantID, wanted.ContactID)
	if err != nil {
		return desk.Carried{}, err
	}
	work := &carrying{contact: contact, channels: map[string]string{}, known: map[factName]string{}, done: make([]desk.DeedDone, len(wanted.Deeds))}
	if err := work.lookUp(ctx, tx, wanted.Deeds); err != nil {
		return desk.Carried{}, err
	}
	work.do(wanted.Deeds)
	if err := work.write(ctx, tx, s.now()); err != nil {
		return desk.Carried{}, err
	}
	return desk.Carried{Contact: work.contact, Done: work.done, Wake: len(work.facts) > 0}, nil
}

// carrying is one call of Carry under the contact's lock.
type carrying struct {
	contact chat.Contact
	// channels has the contact's conversations by channel; recent is the channel of the one in which somebody wrote last.
	channels map[string]string
	recent   string
	// known are the facts that were written before, by the channel and the name under which they were.
	known map[factName]string
	done  []desk.DeedDone
	facts []fact
}

// fact is an event on its way into the inbox; index is the channel under which its name is looked up.
type fact struct {
	event chat.Event
	index string
}

// factName is under what a fact is known.
type factName struct{ channelID, externalID string }

func nameOf(deed desk.Deed) factName { return factName{deed.ChannelID, text(deed.ExternalID)} }

func (c *carrying) lookUp(ctx context.Context, tx transaction, deeds []desk.Deed) error {
	var read batch
	read.query(func(row scanner) error {
		var id, channelID string
		err := row.Scan(&id, &channelID)
		c.channels[channelID], c.recent = id, channelID
		return err
	}, `SELECT id, channel_id FROM conversations WHERE contact_id = $1 AND tenant_id = $2
		ORDER BY CASE WHEN customer_at > outbound_at THEN customer_at ELSE outbound_at END, id`, c.contact.ID, c.contact.TenantID)
	for _, deed := range deeds {
		if deed.ExternalID == "" {
			continue
		}
		name := nameOf(deed)
		read.query(func(row scanner) error {
			var id string
			err := row.Scan(&id)
			c.known[name] = id
			return err
		}, "SELECT id FROM inbox WHERE channel_id = $1 AND external_id = $2 AND external_id <> ''", name.channelID, name.externalID)
	}
	return tx.run(ctx, &read)
}

// do changes the contact deed by deed and gathers the facts.
func (c *carrying) do(deeds []desk.Deed) {
	for i, deed := range deeds {
		channelID := deed.ChannelID
		if c.channels[channelID] == "" && c.recent != "" {
			channelID = c.recent
		}
		c.done[i].ConversationID = c.channels[channelID]
		name := nameOf(deed)
		if id, before := c.known[name]; before && deed.ExternalID != "" {
			c.done[i].EventID, c.done[i].Duplicate = id, true
			continue
		}
		events := deed.Do(&c.contact)
		if len(events) == 0 && deed.ExternalID != "" {
			// Nothing happened, and still it is not to be done again: the fact that it was asked for keeps its name.
			events = []chat.Event{{Name: chat.ContactChanged}}
		}
		for place, event := range events {
			event.ID, event.TenantID, event.ContactID = chat.NewID(), c.contact.TenantID, c.contact.ID
			event.ChannelID, event.ConversationID = channelID, c.channels[channelID]
			event.ExternalID = ""
			if deed.ExternalID != "" && place == 0 {
				event.ExternalID = name.externalID
				c.known[name] = event.ID
			}
			if place == 0 {
				c.done[i].EventID = event.ID
			}
			c.facts = append(c.facts, fact{event: event, index: deed.ChannelID})
		}
	}
}

// write puts the facts into the inbox and raises the mailbox with them; what policies read may have changed in any case.
func (c *carrying) write(ctx context.Context, tx transaction, now time.Time) error {
	var received int64
	var mailbox, work batch
	mailbox.query(func(row scanner) error { return row.Scan(&received) },
		"UPDATE mailbox SET received = received + $2, rev = rev + 1 WHERE contact_id = $1 RETURNING received", c.contact.ID, len(c.facts))
	if err := tx.run(ctx, &mailbox); err != nil {
		return err
	}
	c.contact.UpdatedAt = now
	if err := updateContact(&work, c.contact, now); err != nil {
		return err
	}
	for i, fact := range c.facts {
		event := fact.event
		event.Number = received - int64(len(c.facts)) + int64(i) + 1
		event.ReceivedAt = instant(millis(now))
		if event.At.IsZero() {
			event.At = event.ReceivedAt
		}
		body, err := encoded(event)
		if err != nil {
			return fmt.Errorf("deed %s: %w", event.Name, err)
		}
		work.exec(`INSERT INTO inbox (id, tenant_id, contact_id, channel_id, external_id, name, number, state, attempts, body, error, received_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'new', 0, $8, '', $9) ON CONFLICT DO NOTHING`,
			event.ID, event.TenantID, event.ContactID, fact.index, event.ExternalID, string(event.Name), event.Number, text(body), millis(now))
	}
	return tx.run(ctx, &work)
}
