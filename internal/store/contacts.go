package store

import (
	"context"
	"fmt"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

func scanContact(row scanner) (chat.Contact, error) {
	var c chat.Contact
	var tags, fields, limits string
	var optOutAt, lastFollowUpAt, automaticAt, createdAt, updatedAt, erasedAt int64
	err := row.Scan(&c.ID, &c.TenantID, &c.Number, &c.Name, &c.Phone, &c.Route, &c.Timezone, &tags, &c.Stage, &c.Status, &fields,
		&c.OptOut, &optOutAt, &c.LastFollowUpID, &lastFollowUpAt, &automaticAt, &c.Automatic.MessageID, &c.Automatic.Day,
		&c.Automatic.Count, &createdAt, &updatedAt, &limits, &c.MergedInto, &erasedAt)
	if err != nil {
		return c, err
	}
	c.OptOutAt, c.LastFollowUpAt, c.CreatedAt, c.UpdatedAt = instant(optOutAt), instant(lastFollowUpAt), instant(createdAt), instant(updatedAt)
	c.Automatic.At, c.ErasedAt = instant(automaticAt), instant(erasedAt)
	if err := decode(tags, &c.Tags); err != nil {
		return c, err
	}
	if err := decode(limits, &c.Limits); err != nil {
		return c, err
	}
	err = decode(fields, &c.Fields)
	return c, err
}

func updateContact(work *batch, c chat.Contact, now time.Time) error {
	rows := changedContactTable()
	err := addChangedContact(rows, c, now)
	work.with(rows, updateContacts)
	return err
}

const updateContacts = `UPDATE contacts SET name = v.name, phone = v.phone, route = v.route, timezone = v.timezone, tags = v.tags, stage = v.stage,
	status = v.status, fields = v.fields, opt_out = v.opt_out, opt_out_at = v.opt_out_at, last_followup_id = v.last_followup_id,
	last_followup_at = v.last_followup_at, updated_at = v.updated_at, automatic_at = v.automatic_at, automatic_id = v.automatic_id,
	automatic_day = v.automatic_day, automatic_count = v.automatic_count, limits = v.limits FROM {v} WHERE contacts.id = v.id AND contacts.tenant_id = v.tenant_id`

func changedContactTable() *table {
	return newTable("id text", "tenant_id text", "name text", "phone text", "route text", "timezone text", "tags text", "stage text", "status text",
		"fields text", "opt_out text", "opt_out_at bigint", "last_followup_id text", "last_followup_at bigint", "updated_at bigint",
		"automatic_at bigint", "automatic_id text", "automatic_day text", "automatic_count bigint", "limits text")
}

func addChangedContact(rows *table, c chat.Contact, now time.Time) error {
	if c.Tags == nil {
		c.Tags = []string{}
	}
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	tags, err := encoded(c.Tags)
	if err != nil {
		return err
	}
	fields, err := encoded(c.Fields)
	if err != nil {
		return err
	}
	limits, err := encodedOrEmpty(c.Limits)
	if err != nil {
		return err
	}
	rows.add(c.ID, c.TenantID, text(c.Name), text(c.Phone), text(c.Route), c.Timezone, text(tags), text(c.Stage), text(c.Status), text(fields),
		string(c.OptOut), millis(c.OptOutAt), c.LastFollowUpID, millis(c.LastFollowUpAt), millis(now),
		millis(c.Automatic.At), c.Automatic.MessageID, c.Automatic.Day, c.Automatic.Count, text(limits))
	return nil
}

// Contact finds a contact by id, or by its small number. One that was merged is found as the contact that it became.
func (s *Store) Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error) {
	contact, err := s.contactRow(ctx, tenantID, ref)
	for err == nil && contact.MergedInto != "" {
		contact, err = s.contactRow(ctx, tenantID, chat.Ref{ID: contact.MergedInto})
	}
	return contact, err
}

func (s *Store) contactRow(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error) {
	var contact chat.Contact
	where, key := refWhere(ref)
	found, err := s.one(ctx, func(row scanner) (err error) {
		contact, err = scanContact(row)
		return err
	}, "SELECT "+contactColumns+" FROM contacts WHERE tenant_id = $1 AND erased_at = 0 AND "+where, tenantID, key)
	return contact, orNotFound(found, err, "Contato não encontrado")
}

// ContactKeys are all keys of a contact, in a fixed order.
func (s *Store) ContactKeys(ctx context.Context, tenantID, contactID string) ([]chat.ContactKey, error) {
	var keys []chat.ContactKey
	err := s.list(ctx, func(row scanner) error {
		var key chat.ContactKey
		err := row.Scan(&key.Kind, &key.Value, &key.Scope)
		keys = append(keys, key)
		return err
	}, "SELECT kind, value, scope FROM contact_keys WHERE contact_id = $1 AND tenant_id = $2 ORDER BY kind, value", contactID, tenantID)
	return keys, err
}

// ContactByKeys finds the contact that the first known key names.
func (s *Store) ContactByKeys(ctx context.Context, tenantID string, keys []chat.Key) (chat.Contact, error) {
	for _, key := range keys {
		var id string
		found, err := s.one(ctx, func(row scanner) error { return row.Scan(&id) },
			"SELECT contact_id FROM contact_keys WHERE tenant_id = $1 AND kind = $2 AND value = $3", tenantID, string(key.Kind), key.Value)
		if err != nil {
			return chat.Contact{}, err
		}
		if found {
			return s.Contact(ctx, tenantID, chat.Ref{ID: id})
		}
	}
	return chat.Contact{}, fault.New(fault.NotFound, "Contato não encontrado")
}

// Contacts lists contacts, newest first.
func (s *Store) Contacts(ctx context.Context, tenantID string, filter chat.ContactFilter) ([]chat.Contact, error) {
	where := newFilter("tenant_id", tenantID)
	where.equal("merged_into", "")
	where.equal("erased_at", int64(0))
	if filter.Key != nil {
		kind := where.argument(string(filter.Key.Kind))
		where.add("id IN (SELECT contact_id FROM contact_keys WHERE tenant_id = $1 AND kind = "+kind+" AND value = %s)", filter.Key.Value)
	}
	if filter.Search != "" {
		where.add("(lower(name) LIKE lower(%s) OR phone LIKE %[1]s)", "%"+filter.Search+"%")
	}
	where.page("id", filter.Page)
	var contacts []chat.Contact
	limit := where.limit(filter.Page)
	err := s.list(ctx, func(row scanner) error {
		contact, err := scanContact(row)
		contacts = append(contacts, contact)
		return err
	}, "SELECT "+contactColumns+" FROM contacts WHERE "+where.text()+" ORDER BY id DESC"+limit, where.args...)
	return contacts, err
}

// ChangeContact changes a contact under its lock and raises the mailbox's revision: policies read what may have changed.
func (s *Store) ChangeContact(ctx context.Context, tenantID, contactID string, change func(*chat.Contact) error) (chat.Contact, error) {
	var changed chat.Contact
	err := s.write(ctx, "change contact", func(tx transaction) error {
		contact, err := lockContact(ctx, tx, tenantID, contactID)
		if err != nil {
			return err
		}
		if err := change(&contact); err != nil {
			return err
		}
		contact.UpdatedAt = s.now()
		changed = contact
		var work batch
		if err := updateContact(&work, contact, contact.UpdatedAt); err != nil {
			return err
		}
		raiseRevision(&work, contact.ID)
		return tx.run(ctx, &work)
	})
	return changed, err
}

// lockContact waits for the contact's lock: nobody works on it until the transaction ends. Of a contact that was merged it
// is the lock of the one that it became; callers go on with the id of what they are given.
func lockContact(ctx context.Context, tx transaction, tenantID, contactID string) (chat.Contact, error) {
	for {
		contact, err := lockContactRow(ctx, tx, tenantID, contactID)
		if err != nil || contact.MergedInto == "" {
			return contact, err
		}
		contactID = contact.MergedInto
	}
}

func lockContactRow(ctx context.Context, tx transaction, tenantID, contactID string) (chat.Contact, error) {
	var contact chat.Contact
	var found bool
	var work batch
	work.query(func(row scanner) (err error) {
		found = true
		contact, err = scanContact(row)
		return err
	}, "SELECT "+contactColumns+" FROM contacts WHERE id = $1 AND tenant_id = $2 AND erased_at = 0 FOR NO KEY UPDATE", contactID, tenantID)
	err := tx.run(ctx, &work)
	return contact, orNotFound(found, err, "Contato não encontrado")
}

// raiseRevision makes every claim that did not see this transaction fail.
func raiseRevision(work *batch, contactID string) {
	work.exec("UPDATE mailbox SET rev = rev + 1 WHERE contact_id = $1", contactID)
}

// Mailbox tells how much a contact was sent and how much of it was read; tests of the fence read it.
func (s *Store) Mailbox(ctx context.Context, ref desk.Ref) (received, processed, revision int64, err error) {
	found, err := s.one(ctx, func(row scanner) error { return row.Scan(&received, &processed, &revision) },
		"SELECT received, processed, rev FROM mailbox WHERE contact_id = $1 AND tenant_id = $2", ref.ContactID, ref.TenantID)
	return received, processed, revision, orNotFound(found, err, "Contato não encontrado")
}

func orNotFound(found bool, err error, message string) error {
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	if !found {
		return fault.New(fault.NotFound, "%s", message)
	}
	return nil
}
