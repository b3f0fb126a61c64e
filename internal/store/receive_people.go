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
	missing := g.changeKeys(&work)
	for _, merge := range g.merges {
		// Who is whom is true from here on; what the two have is moved by whoever works on either of them.
		work.exec("UPDATE contact_keys SET contact_id = $1 WHERE contact_id = $2", merge.stays.contactID, merge.goes.contactID)
	}
	g.readRefusals(&work)
	repeated := false
	g.readErased(&work, func(one *entry) bool { return one.person != nil && one.person.isNew }, func(one *entry) {
		repeated, g.erased[one.name()] = true, true
	})
	numbers := g.reserve(&work, "contact", g.newPerTenant())
	if work.empty() {
		return nil
	}
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	if missing() > 0 || repeated {
		return errRaced
	}
	return g.writePeople(ctx, tx, numbers)
}

// changeKeys writes what becomes of keys; once that has run, missing tells how many somebody else was faster with. Keys are
// almost always only new ones, and then one statement is enough; what becomes of one key otherwise happens in order.
func (g *reception) changeKeys(work *batch) (missing func() int) {
	if !slices.ContainsFunc(g.changes, func(c *keyChange) bool { return !c.adds() }) {
		rows := newTable("tenant_id text", "kind text", "value text", "contact_id text", "scope text")
		for _, c := range g.changes {
			rows.add(c.person.tenantID, string(c.key.Kind), c.key.Value, c.person.contactID, c.key.Scope)
		}
		return work.insertAll(rows, "contact_keys")
	}
	for _, change := range g.changes {
		change.write(work)
	}
	return func() (count int) {
		for _, change := range g.changes {
			if change.affected == 0 && !change.heals && !change.gone {
				count++
			}
		}
		return count
	}
}

// adds tells that the key was nobody's.
func (c *keyChange) adds() bool { return !c.heals && !c.gone && c.was == "" }

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
	contacts := newTable("id text", "tenant_id text", "number bigint", "name text", "phone text", "route text", "timezone text", "tags text",
		"stage text", "status text", "fields text", "opt_out text", "opt_out_at bigint", "last_followup_id text", "last_followup_at bigint",
		"created_at bigint", "updated_at bigint", "limits text")
	mailboxes := newTable("contact_id text", "tenant_id text", "received bigint", "processed bigint", "rev bigint")
	for _, one := range g.newNames {
		number := *numbers[one.tenantID] - left[one.tenantID] + 1
		left[one.tenantID]--
		refused := g.refusals[one]
		contacts.add(one.contactID, one.tenantID, number, text(one.name), one.phone, text(one.address()), "", "[]", "", "", "{}",
			string(refused.OptOut), millis(refused.At), "", 0, now, now, refused.limits)
		mailboxes.add(one.contactID, one.tenantID, 0, 0, 0)
	}
	work.insert(contacts, "contacts", "")
	work.insert(mailboxes, "mailbox", "")
	g.refuse(&work)
	if work.empty() {
		return nil
	}
	return tx.run(ctx, &work)
}

// address is the route to answer to: the first.
func (p *person) address() string {
	for _, key := range p.keys {
		if key.Kind == chat.KeyRoute {
			return key.Value
		}
	}
	return ""
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
	rows := newTable("id text", "tenant_id text", "number bigint", "contact_id text", "channel_id text", "team_id text", "customer_at bigint",
		"window_closed_at bigint", "outbound_at bigint", "agent_at bigint", "held_until bigint", "created_at bigint")
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
			rows.add(conversation.id, one.tenantID, number, one.contactID, channelID, "", 0, 0, 0, 0, 0, now)
		}
	}
	missing := work.insertAll(rows, "conversations")
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	if missing() > 0 {
		return errRaced
	}
	return nil
}
