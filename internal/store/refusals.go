package store

import (
	"context"
	"time"

	"retoma/internal/chat"
)

// refusal is what somebody refused before they were erased.
type refusal struct {
	OptOut chat.OptOut
	At     time.Time
	limits string // JSON of [chat.ContactLimits], with what the person chose and nothing else
}

// keyDigest is what stays of a key of somebody who was erased.
func (s *Store) keyDigest(tenantID string, key chat.Key) string {
	return s.digest("key", tenantID, string(key.Kind), key.Value)
}

// keepRefusals notes what an erased person had refused, by each of their keys; somebody who refused nothing leaves nothing.
// Ids of other platforms are theirs, not the person's: they may be given to somebody else.
func (s *Store) keepRefusals(work *batch, contact chat.Contact, keys []chat.ContactKey) error {
	said := contact.Limits
	limits, err := encodedOrEmpty(chat.ContactLimits{Said: said.Said, Stopped: said.Stopped, ChosenAt: said.ChosenAt})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.Kind == chat.KeyExternal {
			continue
		}
		digest := s.keyDigest(contact.TenantID, key.Key)
		if contact.OptOut == chat.OptOutNone {
			work.exec("DELETE FROM refusals WHERE tenant_id = $1 AND digest = $2", contact.TenantID, digest)
			continue
		}
		work.exec(`INSERT INTO refusals (tenant_id, digest, opt_out, opt_out_at, limits) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant_id, digest) DO UPDATE SET opt_out = excluded.opt_out, opt_out_at = excluded.opt_out_at, limits = excluded.limits`,
			contact.TenantID, digest, string(contact.OptOut), millis(contact.OptOutAt), limits)
	}
	return nil
}

// readRefusals asks whether new keys were those of somebody who had refused messages and was erased.
func (g *reception) readRefusals(work *batch) {
	rows := newTable("n bigint", "tenant_id text", "digest text")
	for n, change := range g.changes {
		if change.adds() && change.key.Kind != chat.KeyExternal {
			rows.add(n, change.person.tenantID, g.store.keyDigest(change.person.tenantID, change.key.Key))
		}
	}
	work.read(rows, func(row scanner) error {
		var n int
		read, err := scanRefusal(row, &n)
		whose := g.changes[n].person
		if known := g.refusals[whose]; err == nil && known.OptOut.And(read.OptOut) != known.OptOut {
			g.refusals[whose] = read
		}
		return err
	}, "SELECT v.n, r.opt_out, r.opt_out_at, r.limits FROM {v,} refusals r WHERE r.tenant_id = v.tenant_id AND r.digest = v.digest")
}

func scanRefusal(row scanner, before ...any) (refusal, error) {
	var read refusal
	var at int64
	err := row.Scan(append(before, &read.OptOut, &at, &read.limits)...)
	read.At = instant(at)
	return read, err
}

// refuse writes what people refused before who are known by now; new ones are written with it.
func (g *reception) refuse(work *batch) {
	for _, one := range g.sortedPeople() {
		if refused, did := g.refusals[one]; did && !one.isNew {
			refuseFor(work, one.contactID, refused)
		}
	}
}

// refuseFor makes a refusal a contact's own, unless the contact has said something since.
func refuseFor(work *batch, contactID string, refused refusal) {
	work.exec(`UPDATE contacts SET opt_out = $2, opt_out_at = $3, limits = CASE WHEN limits = '' THEN $4 ELSE limits END
		WHERE id = $1 AND opt_out = '' AND opt_out_at <= $3`, contactID, string(refused.OptOut), millis(refused.At), refused.limits)
}

// refuseAgain looks whether keys that somebody gave a contact were those of a person who had refused messages.
func (s *Store) refuseAgain(ctx context.Context, tx transaction, contact chat.Contact, keys []chat.Key) error {
	rows := newTable("tenant_id text", "digest text")
	for _, key := range keys {
		if key.Kind != chat.KeyExternal {
			rows.add(contact.TenantID, s.keyDigest(contact.TenantID, key))
		}
	}
	var read, work batch
	read.read(rows, func(row scanner) error {
		refused, err := scanRefusal(row)
		refuseFor(&work, contact.ID, refused)
		return err
	}, "SELECT r.opt_out, r.opt_out_at, r.limits FROM {v,} refusals r WHERE r.tenant_id = v.tenant_id AND r.digest = v.digest")
	if read.empty() {
		return nil
	}
	if err := tx.run(ctx, &read); err != nil || work.empty() {
		return err
	}
	raiseRevision(&work, contact.ID)
	return tx.run(ctx, &work)
}
