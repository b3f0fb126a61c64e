package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// heldThings are the runs and messages that a restore holds; $1 is its moment.
const heldThings = `SELECT FALSE AS message, r.id, r.tenant_id, r.wake_at AS due_at, r.contact_id, r.conversation_id, r.channel_id, r.flow_id, r.followup_id
	FROM runs r WHERE r.state = 'waiting' AND r.wake_at > 0 AND r.wake_at <= $1
	UNION ALL SELECT TRUE, o.id, o.tenant_id, o.due_at, o.contact_id, m.conversation_id, o.channel_id, COALESCE(w.flow_id, ''), m.followup_id
	FROM outbox o JOIN messages m ON m.id = o.id LEFT JOIN runs w ON w.id = m.run_id WHERE o.state = 'pending' AND o.due_at <= $1`

// ForReview lists what a restore holds for review, what was due first before. An empty tenant means all of them.
func (s *Store) ForReview(ctx context.Context, tenantID string, wanted desk.ReviewFilter) ([]desk.ForReview, error) {
	if s.restored == 0 {
		return nil, nil
	}
	where := &filter{args: []any{s.restored}, conditions: []string{"h.due_at > 0"}}
	if tenantID != "" {
		where.equal("h.tenant_id", tenantID)
	}
	if len(wanted.IDs) > 0 {
		where.list("h.id IN", wanted.IDs)
	}
	if wanted.After.ID != "" {
		where.args = append(where.args, millis(wanted.After.At), wanted.After.ID)
		where.conditions = append(where.conditions, "(h.due_at, h.id) > ("+place(len(where.args)-1)+", "+place(len(where.args))+")")
	}
	limit := where.limit(chat.Page{Limit: wanted.Limit})
	var held []desk.ForReview
	err := s.list(ctx, func(row scanner) error {
		var one desk.ForReview
		var due int64
		err := row.Scan(&one.Message, &one.ID, &one.TenantID, &due, &one.ContactID, &one.ConversationID, &one.ChannelID, &one.FlowID, &one.FollowUpID,
			&one.ContactName, &one.ContactPhone, &one.FlowName)
		one.DueAt = instant(due)
		held = append(held, one)
		return err
	}, "SELECT h.message, h.id, h.tenant_id, h.due_at, h.contact_id, h.conversation_id, h.channel_id, h.flow_id, h.followup_id, c.name, c.phone, COALESCE(d.name, '') FROM ("+
		heldThings+") h JOIN contacts c ON c.id = h.contact_id LEFT JOIN documents d ON d.id = h.flow_id WHERE "+where.text()+" ORDER BY h.due_at, h.id"+limit, where.args...)
	return held, err
}

// heldPage is how many held things are looked at in one go.
const heldPage = 500

// ReleaseReviewed makes held things due now: those with these ids, or all of the tenant's (of every tenant's, if it is empty). It
// gives the contacts that have work. What was decided meanwhile is passed over.
func (s *Store) ReleaseReviewed(ctx context.Context, tenantID string, ids []string) (released int, refs []desk.Ref, err error) {
	err = s.eachHeld(ctx, tenantID, ids, func(ref desk.Ref, wanted func(string) bool) error {
		count := 0
		_, err := s.Edit(ctx, ref, func(_ context.Context, d *desk.Desk) error {
			count = d.Release(wanted)
			return nil
		})
		released += count
		refs = append(refs, ref)
		return err
	})
	return released, refs, err
}

// CancelReviewed ends held things for good: runs are stopped and their follow-ups cancelled, messages withdrawn.
func (s *Store) CancelReviewed(ctx context.Context, tenantID string, ids []string, reason string) (cancelled int, err error) {
	err = s.eachPage(ctx, tenantID, ids, func(page []desk.ForReview) error {
		for _, one := range page {
			err := s.cancelHeld(ctx, one, reason)
			if err == nil {
				cancelled++
			} else if !fault.Is(err, fault.Conflict) {
				return err
			}
		}
		return nil
	})
	return cancelled, err
}

func (s *Store) cancelHeld(ctx context.Context, one desk.ForReview, reason string) error {
	return s.write(ctx, "cancel held", func(tx transaction) error {
		contact, err := lockContact(ctx, tx, one.TenantID, one.ContactID)
		if err != nil {
			return err
		}
		stopped := stoppedRun{contactID: contact.ID}
		var read batch
		read.query(func(row scanner) error { return row.Scan(&stopped.runID, &stopped.followUpID) },
			"SELECT r.id, r.followup_id FROM runs r WHERE r.state = 'waiting' AND (r.id = $1 OR r.id = (SELECT m.run_id FROM messages m WHERE m.id = $1))", one.ID)
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		if stopped.runID != "" {
			return s.stopRuns(ctx, tx, []stoppedRun{stopped}, reason)
		}
		return s.withdrawLocked(ctx, tx, contact.ID, one.ID, one.TenantID, reason)
	})
}

// eachHeld gives contacts that have held things, each once for a page, and which of their things are wanted.
func (s *Store) eachHeld(ctx context.Context, tenantID string, ids []string, do func(ref desk.Ref, wanted func(string) bool) error) error {
	return s.eachPage(ctx, tenantID, ids, func(page []desk.ForReview) error {
		wanted := map[string]bool{}
		var refs []desk.Ref
		seen := map[desk.Ref]bool{}
		for _, one := range page {
			wanted[one.ID] = true
			ref := desk.Ref{TenantID: one.TenantID, ContactID: one.ContactID}
			if !seen[ref] {
				seen[ref], refs = true, append(refs, ref)
			}
		}
		for _, ref := range refs {
			if err := do(ref, func(id string) bool { return wanted[id] }); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) eachPage(ctx context.Context, tenantID string, ids []string, do func(page []desk.ForReview) error) error {
	filter := desk.ReviewFilter{IDs: ids, Limit: heldPage}
	for {
		page, err := s.ForReview(ctx, tenantID, filter)
		if err != nil || len(page) == 0 {
			return err
		}
		last := page[len(page)-1]
		filter.After = chat.FollowUpPlace{At: last.DueAt, ID: last.ID}
		if err := do(page); err != nil {
			return err
		}
	}
}
