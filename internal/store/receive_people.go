package store

import (
	"cmp"
	"context"
	"slices"

	"retoma/internal/chat"
)

// makePeople writes the keys first: they are what two processes may race for. Who loses begins anew.
func (g *reception) makePeople(ctx context.Context, tx transaction) error {
	var work batch
	slices.SortStableFunc(g.changes, func(a, b *keyChange) int {
		return cmp.Or(cmp.Compare(a.person.tenantID, b.person.tenantID), cmp.Compare(a.key.Kind, b.key.Kind), cmp.Compare(a.key.Value, b.key.Value))
	})
	for _, change := range g.changes {
		change.write(&work)
	}
	for _, merge := range g.merges {
		// Who is whom is true from here on; what the two have is moved by whoever works on either of them.
		work.exec("UPDATE contact_keys SET contact_id = $1 WHERE contact_id = $2", merge.stays.contactID, merge.goes.contactID)
	}
	numbers := g.reserve(&work, "contact", g.newPerTenant())
	if work.empty() {
		return nil
	}
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	for _, change := range g.changes {
		if change.affected == 0 && !change.heals && !change.gone {
			return errRaced
		}
	}
	return g.writePeople(ctx, tx, numbers)
}

func (c *keyChange) write(work *batch) {
	name := []any{c.person.tenantID, string(c.key.Kind), c.key.Value}
	const named = " WHERE tenant_id = $1 AND kind = $2 AND value = $3"
	switch {
	case c.heals:
		work.exec("UPDATE contact_keys SET scope = $4"+named, append(name, c.key.Scope)...)
	case c.gone:
		work.exec("DELETE FROM contact_keys"+named+" AND contact_id = $4", append(name, c.was)...)
	case c.was != "":
		work.count(&c.affected, "UPDATE contact_keys SET contact_id = $4, scope = $5"+named+" AND contact_id = $6",
			append(name, c.person.contactID, c.key.Scope, c.was)...)
	default:
		work.count(&c.affected, `INSERT INTO contact_keys (tenant_id, kind, value, contact_id, scope) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT DO NOTHING`, append(name, c.person.contactID, c.key.Scope)...)
	}
}

func (g *reception) newPerTenant() map[string]int64 {
	count := map[string]int64{}
	for _, one := range g.newNames {
		count[one.tenantID]++
	}
	return count
}

// reserve takes as many small numbers per tenant as are needed; the result holds each tenant's last one.
func (g *reception) reserve(work *batch, kind string, needed map[string]int64) map[string]*int64 {
	last := map[string]*int64{}
	tenants := make([]string, 0, len(needed))
	for tenantID := range needed {
		tenants = append(tenants, tenantID)
	}
	slices.Sort(tenants)
	for _, tenantID := range tenants {
		last[tenantID] = reserveNumbers(work, tenantID, kind, needed[tenantID])
	}
	return last
}

// reserveNumbers takes count small numbers of a tenant; the result is the last of them once the batch has run.
func reserveNumbers(work *batch, tenantID, kind string, count int64) *int64 {
	last := new(int64)
	work.query(func(row scanner) error { return row.Scan(last) },
		`INSERT INTO counters (tenant_id, kind, value) VALUES ($1, $2, $3)
		ON CONFLICT (tenant_id, kind) DO UPDATE SET value = counters.value + excluded.value RETURNING value`, tenantID, kind, count)
	return last
}

func (g *reception) writePeople(ctx context.Context, tx transaction, numbers map[string]*int64) error {
	var work batch
	left := g.newPerTenant()
	now := millis(g.store.now())
	for _, one := range g.newNames {
		number := *numbers[one.tenantID] - left[one.tenantID] + 1
		left[one.tenantID]--
		insertContact(&work, one, number, now)
	}
	if work.empty() {
		return nil
	}
	return tx.run(ctx, &work)
}

func insertContact(work *batch, one *person, number, now int64) {
	var route string
	for _, key := range one.keys {
		if key.Kind == chat.KeyRoute && route == "" {
			route = key.Value // the first is the address to answer to
		}
	}
	work.exec(`INSERT INTO contacts (id, tenant_id, number, name, phone, route, timezone, tags, stage, status, fields, opt_out,
		opt_out_at, last_followup_id, last_followup_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, '', '[]', '', '', '{}', '', 0, '', 0, $7, $7)`,
		one.contactID, one.tenantID, number, text(one.name), one.phone, text(route), now)
	work.exec(`INSERT INTO mailbox (contact_id, tenant_id, received, processed, rev) VALUES ($1, $2, 0, 0, 0)`, one.contactID, one.tenantID)
}

// makeConversations writes the new conversations.
func (g *reception) makeConversations(ctx context.Context, tx transaction) error {
	needed := map[string]int64{}
	for _, one := range g.sortedPeople() {
		for _, conversation := range one.conversations {
			if conversation.isNew {
				needed[one.tenantID]++
			}
		}
	}
	if len(needed) == 0 {
		return nil
	}
	var work batch
	numbers := g.reserve(&work, "conversation", needed)
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	return g.writeConversations(ctx, tx, numbers, needed)
}

func (g *reception) writeConversations(ctx context.Context, tx transaction, numbers map[string]*int64, left map[string]int64) error {
	var work batch
	now := millis(g.store.now())
	var made []*int64
	for _, one := range g.sortedPeople() {
		channels := make([]string, 0, len(one.conversations))
		for channelID := range one.conversations {
			channels = append(channels, channelID)
		}
		slices.Sort(channels)
		for _, channelID := range channels {
			conversation := one.conversations[channelID]
			if !conversation.isNew {
				continue
			}
			number := *numbers[one.tenantID] - left[one.tenantID] + 1
			left[one.tenantID]--
			affected := new(int64)
			made = append(made, affected)
			work.count(affected, `INSERT INTO conversations (id, tenant_id, number, contact_id, channel_id, team_id, customer_at,
				window_closed_at, outbound_at, agent_at, held_until, created_at)
				VALUES ($1, $2, $3, $4, $5, '', 0, 0, 0, 0, 0, $6) ON CONFLICT DO NOTHING`,
				conversation.id, one.tenantID, number, one.contactID, channelID, now)
		}
	}
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	for _, affected := range made {
		if *affected == 0 {
			return errRaced
		}
	}
	return nil
}
