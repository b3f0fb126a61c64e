package store

import (
	"context"
	"fmt"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// GiveKeys makes a contact known by keys, and no longer known by others, all or nothing. A key that another contact has is
// fault.Conflict, which names that contact: two contacts are only joined where somebody says so.
func (s *Store) GiveKeys(ctx context.Context, tenantID, contactID string, give, drop []chat.Key) error {
	return s.write(ctx, "give keys", func(tx transaction) error {
		contact, err := lockContact(ctx, tx, tenantID, contactID)
		if err != nil {
			return err
		}
		var work batch
		for _, key := range drop {
			work.exec("DELETE FROM contact_keys WHERE tenant_id = $1 AND kind = $2 AND value = $3 AND contact_id = $4",
				tenantID, string(key.Kind), text(key.Value), contact.ID)
		}
		var taken error
		for _, key := range give {
			work.exec("INSERT INTO contact_keys (tenant_id, kind, value, contact_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
				tenantID, string(key.Kind), text(key.Value), contact.ID)
			work.query(func(row scanner) error {
				var number int64
				var name string
				err := row.Scan(&number, &name)
				taken = keyTaken(key, number, name)
				return err
			}, `SELECT c.number, c.name FROM contact_keys k JOIN contacts c ON c.id = k.contact_id
				WHERE k.tenant_id = $1 AND k.kind = $2 AND k.value = $3 AND k.contact_id <> $4`, tenantID, string(key.Kind), text(key.Value), contact.ID)
		}
		if work.empty() {
			return nil
		}
		if err := tx.run(ctx, &work); err != nil {
			return err
		}
		if taken != nil {
			return taken
		}
		return s.refuseAgain(ctx, tx, contact, give)
	})
}

func keyTaken(key chat.Key, number int64, name string) error {
	whose := fmt.Sprintf("contato %d", number)
	if name != "" {
		whose += " (" + name + ")"
	}
	field := map[chat.KeyKind]string{chat.KeyExternal: "externalId", chat.KeyPhone: "number"}[key.Kind]
	if field == "" {
		field = string(key.Kind)
	}
	return fault.New(fault.Conflict, "este %s já é de outro contato: %s; se os dois são a mesma pessoa, una-os com POST /api/contacts/%d/merge", field, whose, number)
}
