package store

import (
	"context"

	"retoma/internal/desk"
)

// LetGo makes what a pause, a hold or an outage kept back due now: of one contact, of one channel, or of the whole tenant when both
// are empty. It gives the contacts that have work. Messages that wait for another reason, such as a retry or their
// scheduled time, keep it.
func (s *Store) LetGo(ctx context.Context, tenantID, channelID, contactID string) ([]desk.Ref, error) {
	where := newFilter("outbox.tenant_id", tenantID)
	if channelID != "" {
		where.equal("outbox.channel_id", channelID)
	}
	if contactID != "" {
		where.equal("outbox.contact_id", contactID)
	}
	where.add("outbox.due_at > %s", millis(s.now()))
	now := len(where.args)
	seen := map[desk.Ref]bool{}
	var refs []desk.Ref
	err := s.write(ctx, "let go", func(tx transaction) error {
		refs, seen = nil, map[desk.Ref]bool{}
		var work batch
		work.query(func(row scanner) error {
			ref := desk.Ref{TenantID: tenantID}
			if err := row.Scan(&ref.ContactID); err != nil {
				return err
			}
			if !seen[ref] {
				seen[ref] = true
				refs = append(refs, ref)
			}
			return nil
		}, "UPDATE outbox SET armed = 1, due_at = "+place(now)+` WHERE outbox.state = 'pending' AND outbox.attempts = 0 AND `+where.text()+`
			AND EXISTS (SELECT 1 FROM messages m WHERE m.id = outbox.id AND m.error_detail <> ''
				AND m.error_code IN ('', 'auth', 'sender_offline')) RETURNING outbox.contact_id`,
			where.args...)
		return tx.run(ctx, &work)
	})
	return refs, err
}

// lookAgain makes what a channel's messages wait for be judged anew, without waking anybody: the scan finds them. What still
// has to wait does.
func (s *Store) lookAgain(work *batch, tenantID, channelID string) {
	work.exec(`UPDATE outbox SET armed = 1, due_at = $3 WHERE tenant_id = $1 AND channel_id = $2 AND state = 'pending' AND attempts = 0 AND due_at > $3
		AND EXISTS (SELECT 1 FROM messages m WHERE m.id = outbox.id AND m.error_detail <> '' AND m.error_code = '')`,
		tenantID, channelID, millis(s.now()))
}
