package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// EnsureConversation finds or makes the contact that the keys name, and its conversation on a channel.
func (s *Store) EnsureConversation(ctx context.Context, tenantID, channelID string, keys []chat.Key, phone, name string) (desk.Accepted, error) {
	arrival := desk.Arrival{TenantID: tenantID, ChannelID: channelID, Keys: keys, Phone: phone, Name: name, OnlyPerson: true}
	written, err := s.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
	if err != nil {
		return desk.Accepted{}, err
	}
	return written.Accepted[0], nil
}

// The decisions that a person may take about an unconfirmed message.
const (
	ResolveSent    = "sent"
	ResolveNotSent = "not_sent"
	ResolveResend  = "resend"
)

// ResolveMessage settles an unconfirmed message as a person decided: it was sent, it was not, or it shall be sent again.
// A message that is not unconfirmed is fault.Conflict. The contact has work afterwards.
func (s *Store) ResolveMessage(ctx context.Context, tenantID, id, as string) (chat.Message, error) {
	if as != ResolveSent && as != ResolveNotSent && as != ResolveResend {
		return chat.Message{}, fault.Field("as", "use sent, not_sent ou resend")
	}
	found, err := s.Message(ctx, tenantID, id)
	if err != nil {
		return found, err
	}
	err = s.write(ctx, "resolve", func(tx transaction) error {
		contact, err := lockContact(ctx, tx, tenantID, found.ContactID)
		if err != nil {
			return err
		}
		found.ContactID = contact.ID
		return s.resolveLocked(ctx, tx, found, as)
	})
	if err != nil {
		return found, err
	}
	return s.Message(ctx, tenantID, id)
}

func (s *Store) resolveLocked(ctx context.Context, tx transaction, m chat.Message, as string) error {
	var work batch
	var affected, waiting int64
	line, err := logLines([]chat.LogEntry{{At: s.now(), Check: "resolve", Verdict: as, Reason: "decidido pela equipe"}})
	if err != nil {
		return err
	}
	work.count(&affected, "UPDATE messages SET log = log || $2 WHERE id = $1 AND state = 'unconfirmed'", m.ID, line)
	work.query(func(row scanner) error { return row.Scan(&waiting) }, "SELECT COUNT(*) FROM outbox WHERE id = $1 AND state = 'unconfirmed'", m.ID)
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	if affected == 0 {
		return fault.New(fault.Conflict, "a mensagem não está sem confirmação")
	}
	if waiting == 0 && as == ResolveResend {
		return fault.New(fault.Conflict, "o follow-up desta mensagem foi cancelado; ela não será reenviada")
	}
	var settle batch
	if as == ResolveResend {
		settle.exec("UPDATE messages SET state = 'queued' WHERE id = $1", m.ID)
		settle.exec("UPDATE outbox SET state = 'pending', due_at = $2, claimed_at = 0, armed = 1 WHERE id = $1", m.ID, millis(s.now()))
	} else if err := s.depositDecision(&settle, m, as); err != nil {
		return err
	}
	raiseRevision(&settle, m.ContactID)
	return tx.run(ctx, &settle)
}

// depositDecision lets a person's word come in through the same door as the provider's.
func (s *Store) depositDecision(work *batch, m chat.Message, as string) error {
	status := chat.Status{Tracker: m.ID, State: chat.Accepted, At: s.now()}
	if as == ResolveNotSent {
		status.State, status.ErrorCode, status.ErrorDetail = chat.Failed, string(fault.Unconfirmed), "a equipe disse que não foi enviada"
	}
	work.exec(`UPDATE messages SET state = $2, at = CASE WHEN $2 = 'accepted' AND at = 0 THEN $3 ELSE at END,
		failed_at = CASE WHEN $2 = 'failed' THEN $3 ELSE failed_at END, error_code = $4 WHERE id = $1`,
		m.ID, string(status.State), millis(status.At), status.ErrorCode)
	event := chat.Event{
		ID: chat.NewID(), TenantID: m.TenantID, ChannelID: m.ChannelID, ContactID: m.ContactID, Name: chat.MessageStatus,
		At: status.At, ReceivedAt: s.now(), Status: &status,
	}
	return depositStatus(work, event)
}

func depositStatus(work *batch, event chat.Event) error {
	body, err := encoded(event)
	if err != nil {
		return err
	}
	work.exec(`INSERT INTO inbox (id, tenant_id, contact_id, channel_id, external_id, name, number, state, attempts, body, error, received_at)
		SELECT $1, $2, $3, $4, $8, $5, received, 'new', 0, $6, '', $7 FROM mailbox WHERE contact_id = $3 ON CONFLICT DO NOTHING`,
		event.ID, event.TenantID, event.ContactID, event.ChannelID, string(event.Name), text(body), millis(event.ReceivedAt), event.ExternalID)
	return nil
}
