package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// The word of who asked for a merge.
const (
	MergedByMessage = "message"
	MergedByAPI     = "api"
)

// errElsewhere tells that one of the two was merged meanwhile: the merge begins anew with whom it became.
var errElsewhere = errors.New("the contact was merged elsewhere")

// Merge makes two contacts one, in one transaction under both locks: conversations, messages, runs, follow-ups, the outbox,
// unread mail and keys move to the one that stays. Its mailbox gets one numbering for the unread mail of both, in order of
// arrival, behind the event that tells of the merge; so nothing that is pending can be claimed before that was read.
// Called again for contacts that are one already, it moves what came to the gone one meanwhile, and nothing else.
//
// What has ended and is found by other ways keeps the gone contact's id: inbox rows that were read, and runs that ended
// without having planned or sent anything.
func (s *Store) Merge(ctx context.Context, wanted desk.Merge) (desk.Merged, error) {
	for {
		m := &merge{store: s, wanted: wanted}
		err := s.write(ctx, "merge", func(tx transaction) error {
			*m = merge{store: s, wanted: wanted, tx: tx}
			return m.run(ctx)
		})
		if errors.Is(err, errElsewhere) {
			wanted = m.wanted
			continue
		}
		return m.merged, err
	}
}

// merge is one transaction of Merge.
type merge struct {
	store  *Store
	tx     transaction
	wanted desk.Merge
	merged desk.Merged

	stays, goes chat.Contact
	// sweeps tells that the two are one already.
	sweeps bool
	// endRuns are the waiting runs that have no place beside others.
	endRuns []string
	boxes   map[string]mailboxRow
	mail    []mailRow
	missed  []chat.Missed
	// conversations says which went into which.
	conversations map[string]string
}

type mailboxRow struct{ received, revision int64 }

// run does it all. Contacts are locked first, mailboxes last of what others wait for; conversations, keys and mail are read
// only then, because ingestion adds to them and holds nothing but the mailbox.
func (m *merge) run(ctx context.Context) error {
	if err := m.lock(ctx); err != nil || m.merged.ContactID != "" {
		return err
	}
	m.merged.ContactID = m.stays.ID
	for _, step := range []func(context.Context) error{m.findMissed, m.moveWork, m.lockMailboxes, m.moveTalk} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if !m.sweeps {
		m.merged.GoneID = m.goes.ID
	}
	return nil
}

// lock takes both contacts, in order of id.
func (m *merge) lock(ctx context.Context) error {
	ids := []string{m.wanted.StaysID, m.wanted.GoesID}
	slices.Sort(ids)
	found := map[string]chat.Contact{}
	var work batch
	for _, id := range ids {
		work.query(func(row scanner) error {
			contact, err := scanContact(row)
			found[contact.ID] = contact
			return err
		}, "SELECT "+contactColumns+" FROM contacts WHERE id = $1 AND tenant_id = $2 AND erased_at = 0 FOR NO KEY UPDATE", id, m.wanted.TenantID)
	}
	if err := m.tx.run(ctx, &work); err != nil {
		return err
	}
	var known bool
	if m.stays, known = found[m.wanted.StaysID]; !known {
		return fault.New(fault.NotFound, "Contato não encontrado")
	}
	if m.goes, known = found[m.wanted.GoesID]; !known {
		return fault.New(fault.NotFound, "Contato não encontrado")
	}
	return m.settle()
}

// settle decides who stays, once it is known who is still there.
func (m *merge) settle() error {
	switch {
	case m.stays.ID == m.goes.ID && m.stays.MergedInto == "":
		m.merged.ContactID = m.stays.ID
		return nil
	case m.goes.MergedInto == m.stays.ID:
		m.sweeps = true
		return nil
	case m.stays.MergedInto == m.goes.ID:
		m.stays, m.goes, m.sweeps = m.goes, m.stays, true
		return nil
	case m.stays.MergedInto != "" || m.goes.MergedInto != "":
		m.wanted.StaysID = cmp.Or(m.stays.MergedInto, m.stays.ID)
		m.wanted.GoesID = cmp.Or(m.goes.MergedInto, m.goes.ID)
		return errElsewhere
	case m.wanted.ElderStays && m.goes.ID < m.stays.ID:
		m.stays, m.goes = m.goes, m.stays
	}
	return nil
}

// lockMailboxes takes both mailboxes: nothing comes in from here on.
func (m *merge) lockMailboxes(ctx context.Context) error {
	m.boxes = map[string]mailboxRow{}
	var work batch
	work.query(func(row scanner) error {
		var id string
		var box mailboxRow
		err := row.Scan(&id, &box.received, &box.revision)
		m.boxes[id] = box
		return err
	}, "SELECT contact_id, received, rev FROM mailbox WHERE contact_id IN ($1, $2) ORDER BY contact_id FOR UPDATE", m.stays.ID, m.goes.ID)
	return m.tx.run(ctx, &work)
}
