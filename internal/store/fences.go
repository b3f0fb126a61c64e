package store

import (
	"context"
	"maps"
	"slices"

	"retoma/internal/desk"
)

// checkFences is the reply fence (domain.md section 5) for all claims of a group: a claim succeeds only if the contact's
// mailbox is at the revision that the policies saw, if the row is still there, and if nothing else of the contact is on its way.
// Units for which that is not so are left
// out, to be decided anew. From here until the commit nobody raises these mailboxes.
//
// Rows are locked in the order in which ingestion takes them: messages before mailboxes, each by id. So that a group and
// the delivery states of its messages never wait for each other in a circle.
//
// Where nothing is claimed there is nothing to be checked; then the locks travel with what is written.
func (s *Store) checkFences(ctx context.Context, tx transaction, units []*unit) (locks *batch, err error) {
	claims := map[string]*unit{} // by contact
	var contacts, known, messages []string
	released := map[string]*unit{} // by message
	for _, u := range changed(units) {
		d := u.worked.Desk
		messages = append(messages, changedMessages(d)...)
		for _, id := range d.Changes.Released {
			released[id] = u
		}
		if len(d.Changes.Claims)+len(d.Changes.Handled) > 0 {
			contacts = append(contacts, u.ref.ContactID)
		}
		if len(d.Changes.Claims) > 0 {
			claims[u.ref.ContactID] = u
			u.fence = fence{claimable: map[string]bool{}}
			known = append(known, knownClaims(d)...)
		}
	}
	locks = &batch{}
	if s.database.overlaps() && len(messages) > 1 {
		slices.Sort(messages)
		locks.query(nothing, "SELECT 1 FROM messages WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", messages)
	}
	unsettled := lockReleased(locks, released)
	if len(claims) > 0 || s.database.overlaps() && len(contacts) > 1 {
		lockMailboxes(locks, claims, contacts)
	}
	if len(claims)+len(released) == 0 {
		return locks, nil
	}
	if len(claims) > 0 {
		lockClaims(locks, claims, known)
		findFlying(locks, claims)
	}
	if err := tx.run(ctx, locks); err != nil {
		return nil, err
	}
	for _, u := range claims {
		if !u.fence.open(u.worked.Desk) {
			u.err = errStale
		}
	}
	for id, u := range released {
		if !unsettled[id] {
			u.err = errStale
		}
	}
	return &batch{}, nil
}

// lockReleased finds which messages that are taken for not sent are still unconfirmed, and keeps them so: a delivery state raises no
// mailbox, and one that was acknowledged before must not be passed over.
func lockReleased(work *batch, released map[string]*unit) map[string]bool {
	unsettled := map[string]bool{}
	if len(released) == 0 {
		return unsettled
	}
	work.query(func(row scanner) error {
		var id string
		err := row.Scan(&id)
		unsettled[id] = true
		return err
	}, "SELECT id FROM messages WHERE id = ANY($1) AND state = 'unconfirmed' ORDER BY id FOR NO KEY UPDATE", slices.Sorted(maps.Keys(released)))
	return unsettled
}

// nothing is done with rows that are only locked.
func nothing(scanner) error { return nil }

// lockMailboxes reads how far the claiming units' mailboxes are, and keeps them there.
func lockMailboxes(work *batch, claims map[string]*unit, contacts []string) {
	slices.Sort(contacts)
	work.query(func(row scanner) error {
		var contactID string
		var revision int64
		err := row.Scan(&contactID, &revision)
		if u := claims[contactID]; u != nil {
			u.fence.seen, u.fence.revision = true, revision
		}
		return err
	}, "SELECT contact_id, rev FROM mailbox WHERE contact_id = ANY($1) ORDER BY contact_id FOR UPDATE", contacts)
}

// lockClaims finds which of the claimed rows that were there before are still there: who takes a message back without the
// contact's lock deletes its row.
func lockClaims(work *batch, claims map[string]*unit, known []string) {
	if len(known) == 0 {
		return
	}
	slices.Sort(known)
	work.query(func(row scanner) error {
		var id, contactID string
		err := row.Scan(&id, &contactID)
		if u := claims[contactID]; u != nil {
			u.fence.claimable[id] = true
		}
		return err
	}, "SELECT id, contact_id FROM outbox WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", known)
}

// findFlying finds what else of the claiming units' contacts is on its way, but for what they end themselves.
func findFlying(work *batch, claims map[string]*unit) {
	work.query(func(row scanner) error {
		var id, contactID string
		err := row.Scan(&id, &contactID)
		if u := claims[contactID]; u != nil && !ends(u.worked.Desk, id) {
			u.fence.flying = true
		}
		return err
	}, "SELECT id, contact_id FROM outbox WHERE contact_id = ANY($1) AND state = 'sending'", slices.Collect(maps.Keys(claims)))
}

// ends tells whether a unit settles a row that was being sent.
func ends(d *desk.Desk, id string) bool {
	return slices.Contains(d.Changes.DoneItems, id) ||
		slices.ContainsFunc(d.Changes.Items, func(item desk.Item) bool { return item.ID == id && item.State != desk.ItemSending })
}

// open tells whether a unit's claims may be written.
func (f fence) open(d *desk.Desk) bool {
	if !f.seen || f.flying || f.revision != d.Revision {
		return false
	}
	for _, id := range knownClaims(d) {
		if !f.claimable[id] {
			return false
		}
	}
	return true
}

// knownClaims are the claimed rows that are in the outbox already.
func knownClaims(d *desk.Desk) []string {
	var known []string
	for _, id := range d.Changes.Claims {
		if !slices.ContainsFunc(d.Changes.NewItems, func(item desk.Item) bool { return item.ID == id }) {
			known = append(known, id)
		}
	}
	return known
}

// changedMessages are the stored messages that a unit changes.
func changedMessages(d *desk.Desk) []string {
	var ids []string
	for _, message := range d.Changes.Messages {
		ids = append(ids, message.ID)
	}
	for _, item := range d.Changes.Items {
		ids = append(ids, item.ID)
	}
	return ids
}
