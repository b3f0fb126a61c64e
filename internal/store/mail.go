package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// mailTries is how often an inbox row may fail before it is quarantined (domain.md section 5).
const mailTries = 3

// MailFailed notes that handling an inbox row failed. After the third time the row is quarantined: it counts as
// processed, so that it does not hold the contact's follow-ups back for ever, and the team is told.
func (s *Store) MailFailed(ctx context.Context, event chat.Event, problem string) (quarantined bool, err error) {
	err = s.write(ctx, "mail failed", func(tx transaction) error {
		var attempts int64
		var read, work batch
		read.query(func(row scanner) error { return row.Scan(&attempts) },
			"UPDATE inbox SET attempts = attempts + 1, error = $2 WHERE id = $1 AND state = 'new' RETURNING attempts", event.ID, text(problem))
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		if quarantined = attempts >= mailTries; !quarantined {
			return nil
		}
		work.exec("UPDATE inbox SET state = 'quarantined' WHERE id = $1", event.ID)
		// Only what came before it may still be unread.
		work.exec(`UPDATE mailbox SET processed = COALESCE((SELECT MIN(number) - 1 FROM inbox WHERE contact_id = $1 AND state = 'new' AND name <> 'message.status'), received)
			WHERE contact_id = $1`, event.ContactID)
		return insertAndRun(ctx, tx, &work, desk.Notification{
			ID: chat.NewID(), TenantID: event.TenantID, Kind: "inbox.quarantined", Title: "Evento em quarentena",
			Text: "Um evento recebido não pôde ser processado três vezes e foi posto em quarentena.",
			Data: map[string]any{"eventId": event.ID, "event": string(event.Name), "contactId": event.ContactID, "error": problem},
			At:   s.now(), DueAt: s.now(),
		})
	})
	return quarantined, err
}

// UnreadMessages are what the customer wrote in a conversation and no worker has read yet, in order.
func (s *Store) UnreadMessages(ctx context.Context, tenantID, conversationID string) ([]chat.Event, error) {
	var unread []chat.Event
	err := s.list(ctx, func(row scanner) error {
		var body string
		if err := row.Scan(&body); err != nil {
			return err
		}
		var event chat.Event
		err := decode(body, &event)
		if event.ConversationID == conversationID {
			unread = append(unread, event)
		}
		return err
	}, `SELECT i.body FROM conversations v JOIN inbox i ON i.contact_id = v.contact_id WHERE v.id = $2 AND v.tenant_id = $1
		AND i.state = 'new' AND i.name = $3 ORDER BY i.number LIMIT $4`, tenantID, conversationID, string(chat.MessageReceived), mailLimit)
	return unread, err
}

func insertAndRun(ctx context.Context, tx transaction, work *batch, n desk.Notification) error {
	if err := insertNotification(work, n); err != nil {
		return err
	}
	return tx.run(ctx, work)
}
