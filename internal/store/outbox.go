package store

import (
	"context"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

const itemColumns = `o.id, o.ordering_key, o.action, o.state, o.due_at, o.claimed_at, o.attempts, o.waits, o.position, ` + messageColumns

func scanItem(row scanner, more ...any) (desk.Item, error) {
	var item desk.Item
	var dueAt, claimedAt int64
	targets, finish := messageFields(&item.Message)
	own := []any{&item.ID, &item.OrderingKey, &item.Action, &item.State, &dueAt, &claimedAt, &item.Attempts, &item.Waits, &item.Position}
	if err := row.Scan(append(append(own, targets...), more...)...); err != nil {
		return item, err
	}
	item.DueAt, item.ClaimedAt = instant(dueAt), instant(claimedAt)
	err := finish()
	return item, err
}

// newItemTable takes rows for the outbox.
func newItemTable() *table {
	return newTable("id text", "tenant_id text", "contact_id text", "channel_id text", "ordering_key text", "action text", "state text",
		"due_at bigint", "claimed_at bigint", "attempts bigint", "waits boolean", "armed bigint", "position bigint")
}

// insertItems puts rows where they say, or behind everything that waits for their contact.
func insertItems(work *batch, rows *table) {
	place := len(rows.names) - 1
	work.with(rows, "INSERT INTO outbox ("+strings.Join(rows.names, ", ")+") SELECT v."+strings.Join(rows.names[:place], ", v.")+`,
		CASE WHEN v.position > 0 THEN v.position
			ELSE (SELECT COALESCE(MAX(o.position), 0) + 1 FROM outbox o WHERE o.contact_id = v.contact_id) END FROM {v}`)
}

func addItem(rows *table, item desk.Item, horizon time.Time) {
	m := item.Message
	rows.add(item.ID, m.TenantID, m.ContactID, m.ChannelID, item.OrderingKey, item.Action, string(item.State), millis(item.DueAt),
		millis(item.ClaimedAt), item.Attempts, item.Waits, armed(item.DueAt, horizon), item.Position)
}

const updateItems = `UPDATE outbox SET state = v.state, due_at = v.due_at, claimed_at = v.claimed_at, attempts = v.attempts, armed = v.armed
	FROM {v} WHERE outbox.id = v.id`

func changedItemTable() *table {
	return newTable("id text", "state text", "due_at bigint", "claimed_at bigint", "attempts bigint", "armed bigint")
}

func addChangedItem(rows *table, item desk.Item, horizon time.Time) {
	rows.add(item.ID, string(item.State), millis(item.DueAt), millis(item.ClaimedAt), item.Attempts, armed(item.DueAt, horizon))
}

// armed marks rows whose due time gets its task right after the commit.
func armed(at, horizon time.Time) int64 {
	if !at.IsZero() && !at.After(horizon) {
		return 1
	}
	return 0
}

// Enqueue puts a message into the outbox, for callers outside of a flow. The contact and the conversation must exist.
// With a request, its answer is kept in the same commit: a caller whose connection died asks again and sends nothing twice.
func (s *Store) Enqueue(ctx context.Context, item desk.Item, horizon time.Time) error {
	var work batch
	messages, items := newMessageTable(), newItemTable()
	if err := addMessage(messages, item.Message); err != nil {
		return err
	}
	addItem(items, item, horizon)
	insertMessages(&work, messages)
	insertItems(&work, items)
	if request := item.Request; request != nil {
		keepAnswer(&work, item.Message.TenantID, request.Key, request.Answer)
	}
	return s.writeBatch(ctx, "enqueue", &work)
}

// Withdraw takes back a message that was not sent: a parked or queued one is cancelled, an unconfirmed one will
// never be sent again. It answers fault.Conflict for a message that is on its way or out.
func (s *Store) Withdraw(ctx context.Context, tenantID, messageID, reason string) (chat.Message, error) {
	found, err := s.Message(ctx, tenantID, messageID)
	if err != nil {
		return found, err
	}
	err = s.write(ctx, "withdraw", func(tx transaction) error {
		contact, err := lockContact(ctx, tx, tenantID, found.ContactID)
		if err != nil {
			return err
		}
		return s.withdrawLocked(ctx, tx, contact.ID, messageID, tenantID, reason)
	})
	if err != nil {
		return found, err
	}
	return s.Message(ctx, tenantID, messageID)
}

// withdrawLocked takes a message back whose contact is locked.
func (s *Store) withdrawLocked(ctx context.Context, tx transaction, contactID, messageID, tenantID, reason string) error {
	var affected int64
	var work batch
	line, err := logLines([]chat.LogEntry{{At: s.now(), Check: "withdraw", Verdict: "cancelled", Reason: reason}})
	if err != nil {
		return err
	}
	work.count(&affected, `UPDATE messages SET state = 'cancelled', log = log || $3 WHERE id = $1 AND tenant_id = $2
			AND state IN ('queued', 'parked')`, messageID, tenantID, line)
	work.exec("DELETE FROM outbox WHERE id = $1 AND state IN ('pending', 'parked', 'writing')", messageID)
	raiseRevision(&work, contactID)
	if err := tx.run(ctx, &work); err != nil {
		return err
	}
	if affected == 0 {
		return fault.New(fault.Conflict, "a mensagem já saiu ou está saindo; não pode mais ser retirada")
	}
	return nil
}

// Parked lists the messages of a conversation that wait for the customer's answer, oldest first.
func (s *Store) Parked(ctx context.Context, tenantID, conversationID string) ([]chat.Message, error) {
	var messages []chat.Message
	err := s.list(ctx, func(row scanner) error {
		message, err := scanMessage(row)
		messages = append(messages, message)
		return err
	}, "SELECT "+messageColumns+` FROM messages m WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND m.state = 'parked' ORDER BY m.id LIMIT 1000`,
		tenantID, conversationID)
	return messages, err
}

// KeepWriting renews the leases of messages that assistants still write; one that was taken back has none any more.
func (s *Store) KeepWriting(ctx context.Context, ids []string) error {
	var work batch
	now := millis(s.now())
	for _, id := range ids {
		work.exec("UPDATE outbox SET claimed_at = $2 WHERE id = $1 AND state = 'writing'", id, now)
	}
	return s.writeBatch(ctx, "keep writing", &work)
}
