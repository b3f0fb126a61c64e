package store

import (
	"context"
	"errors"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	followUpFields = `f.id, f.tenant_id, f.run_id, f.flow_id, f.node_id, f.contact_id, f.conversation_id, f.channel_id, f.state, f.attempt,
	f.due_at, f.revision, f.message_id, f.sent_at, f.cancelled_at, f.cancel_reason, f.responded_at, f.failed_at, f.error_code, f.created_at, `
	followUpColumns = followUpFields + "f.log"
)

func scanFollowUp(row scanner, more ...any) (flows.FollowUp, error) {
	var f flows.FollowUp
	var dueAt, sentAt, cancelledAt, respondedAt, failedAt, createdAt int64
	var lines string
	targets := []any{&f.ID, &f.TenantID, &f.RunID, &f.FlowID, &f.NodeID, &f.ContactID, &f.ConversationID, &f.ChannelID, &f.State, &f.Attempt,
		&dueAt, &f.Revision, &f.MessageID, &sentAt, &cancelledAt, &f.CancelReason, &respondedAt, &failedAt, &f.ErrorCode, &createdAt, &lines}
	if err := row.Scan(append(targets, more...)...); err != nil {
		return f, err
	}
	f.DueAt, f.SentAt, f.CancelledAt = instant(dueAt), instant(sentAt), instant(cancelledAt)
	f.RespondedAt, f.FailedAt, f.CreatedAt = instant(respondedAt), instant(failedAt), instant(createdAt)
	var err error
	f.Log, err = readLog(lines)
	return f, err
}

// putFollowUps writes whole rows. A row that has ended is not moved back, but for one that was answered and is armed again;
// log entries are appended, unless the log begins anew (then log is "excluded.log").
func putFollowUps(work *batch, rows *table, log string) {
	work.insert(rows, "followups", `ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, revision = excluded.revision,
		message_id = excluded.message_id, sent_at = excluded.sent_at, cancelled_at = excluded.cancelled_at,
		cancel_reason = excluded.cancel_reason, failed_at = excluded.failed_at, error_code = excluded.error_code,
		log = `+log+` WHERE followups.state = 'PENDING' OR followups.state = 'RESPONDED' AND excluded.state = 'PENDING'`)
}

func followUpTable() *table {
	return newTable("id text", "tenant_id text", "run_id text", "flow_id text", "node_id text", "contact_id text", "conversation_id text",
		"channel_id text", "state text", "attempt bigint", "due_at bigint", "revision bigint", "message_id text", "sent_at bigint",
		"cancelled_at bigint", "cancel_reason text", "responded_at bigint", "failed_at bigint", "error_code text", "created_at bigint", "log text")
}

func addFollowUp(rows *table, f flows.FollowUp) error {
	lines, err := logLines(f.Log)
	if err != nil {
		return err
	}
	rows.add(f.ID, f.TenantID, f.RunID, f.FlowID, f.NodeID, f.ContactID, f.ConversationID, f.ChannelID, string(f.State), f.Attempt,
		millis(f.DueAt), f.Revision, f.MessageID, millis(f.SentAt), millis(f.CancelledAt), text(f.CancelReason), millis(f.RespondedAt),
		millis(f.FailedAt), f.ErrorCode, millis(f.CreatedAt), text(lines))
	return nil
}

const followUpNames = `, COALESCE(d.name, ''), COALESCE(d.kind, ''), COALESCE(d.number, 0), c.name, c.phone, c.number,
	COALESCE(m.external_id, ''), COALESCE(m.state, ''), COALESCE(o.due_at, 0)`

const followUpJoins = ` LEFT JOIN documents d ON d.id = f.flow_id JOIN contacts c ON c.id = f.contact_id
	LEFT JOIN messages m ON m.id = f.message_id LEFT JOIN outbox o ON o.id = f.message_id AND o.state IN ('pending', 'unconfirmed') `

func scanFollowUpView(row scanner) (flows.FollowUpView, error) {
	var view flows.FollowUpView
	var err error
	var waitsUntil int64
	view.FollowUp, err = scanFollowUp(row, &view.FlowName, &view.FlowKind, &view.FlowNumber, &view.ContactName, &view.ContactPhone,
		&view.ContactNumber, &view.MessageExternalID, &view.MessageState, &waitsUntil)
	view.WaitsUntil = instant(waitsUntil)
	return view, err
}

// FollowUp finds one follow-up with its decision log.
func (s *Store) FollowUp(ctx context.Context, tenantID, id string) (flows.FollowUpView, error) {
	var view flows.FollowUpView
	found, err := s.one(ctx, func(row scanner) (err error) {
		view, err = scanFollowUpView(row)
		return err
	}, "SELECT "+followUpColumns+followUpNames+" FROM followups f"+followUpJoins+"WHERE f.tenant_id = $1 AND f.id = $2", tenantID, id)
	return view, orNotFound(found, err, "Follow-up não encontrado")
}

// CancelFollowUp ends the run of a pending follow-up under the contact's lock. A send that was claimed cannot be
// called back: it answers fault.Conflict, except for an unconfirmed one, which will then never be sent again.
func (s *Store) CancelFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error) {
	return s.endFollowUp(ctx, "cancel", tenantID, id, func(tx transaction, f flows.FollowUp) error {
		return s.cancelLocked(ctx, tx, f, reason)
	})
}

// HideFollowUp cancels a follow-up, unless it is cancelled already, and takes it out of the lists; it is still counted and
// can still be explained. A run that rests with it, until our next message, ends too. One that was sent, or failed, is
// fault.Conflict.
func (s *Store) HideFollowUp(ctx context.Context, tenantID, id, reason string) (flows.FollowUpView, error) {
	return s.endFollowUp(ctx, "hide", tenantID, id, func(tx transaction, f flows.FollowUp) error {
		err := s.cancelLocked(ctx, tx, f, reason)
		if errors.Is(err, errCancelled) {
			err = s.stopResting(ctx, tx, f, reason)
		}
		if err != nil {
			return err
		}
		var work batch
		work.exec("UPDATE followups SET hidden = TRUE WHERE id = $1", f.ID)
		return tx.run(ctx, &work)
	})
}

// stopResting ends the run that has a follow-up for its open one although that has ended.
func (s *Store) stopResting(ctx context.Context, tx transaction, f flows.FollowUp, reason string) error {
	var read batch
	rests := false
	read.query(func(row scanner) error { return row.Scan(&rests) },
		"SELECT state = 'waiting' AND followup_id = $2 FROM runs WHERE id = $1", f.RunID, f.ID)
	if err := tx.run(ctx, &read); err != nil || !rests {
		return err
	}
	return s.stopRuns(ctx, tx, []stoppedRun{{runID: f.RunID, followUpID: f.ID, contactID: f.ContactID}}, reason)
}

// endFollowUp does something to a follow-up under its contact's lock and tells what it is then.
func (s *Store) endFollowUp(ctx context.Context, point, tenantID, id string, end func(transaction, flows.FollowUp) error) (flows.FollowUpView, error) {
	view, err := s.FollowUp(ctx, tenantID, id)
	if err != nil {
		return view, err
	}
	err = s.write(ctx, point, func(tx transaction) error {
		contact, err := lockContact(ctx, tx, tenantID, view.ContactID)
		if err != nil {
			return err
		}
		view.ContactID = contact.ID
		return end(tx, view.FollowUp)
	})
	if err != nil {
		return view, err
	}
	return s.FollowUp(ctx, tenantID, id)
}

// errCancelled is the answer of a follow-up that was cancelled before.
var errCancelled = fault.New(fault.Conflict, "Follow-up já cancelado")

func (s *Store) cancelLocked(ctx context.Context, tx transaction, f flows.FollowUp, reason string) error {
	var read batch
	var state, itemState string
	read.query(func(row scanner) error { return row.Scan(&state, &itemState) },
		`SELECT f.state, COALESCE(o.state, '') FROM followups f LEFT JOIN outbox o ON o.id = f.message_id WHERE f.id = $1`, f.ID)
	if err := tx.run(ctx, &read); err != nil {
		return err
	}
	switch {
	case state == string(flows.FollowUpCancelled) || state == string(flows.Responded):
		return errCancelled
	case state == string(flows.FollowUpFailed):
		return fault.New(fault.Conflict, "Follow-up já encerrado: o envio falhou")
	case state != string(flows.Pending) || itemState == "sending":
		return fault.New(fault.Conflict, "Follow-up já enviado")
	}
	return s.stopRuns(ctx, tx, []stoppedRun{{runID: f.RunID, followUpID: f.ID, contactID: f.ContactID}}, reason)
}

type stoppedRun struct{ runID, followUpID, contactID string }

// stopRuns ends runs whose contacts are locked, or which the caller's gate keeps from being claimed.
func (s *Store) stopRuns(ctx context.Context, tx transaction, stopped []stoppedRun, reason string) error {
	var work batch
	now := millis(s.now())
	line, err := logLines([]chat.LogEntry{{At: s.now(), Check: "stop", Verdict: "cancelled", Reason: reason}})
	if err != nil {
		return err
	}
	for _, one := range stopped {
		work.exec(`UPDATE messages SET state = 'cancelled', log = log || $2 WHERE run_id = $1 AND direction = 'out' AND state = 'queued'
			AND id IN (SELECT id FROM outbox WHERE contact_id = $3 AND state IN ('pending', 'writing'))`, one.runID, line, one.contactID)
		work.exec(`DELETE FROM outbox WHERE contact_id = $2 AND state IN ('pending', 'writing', 'unconfirmed')
			AND EXISTS (SELECT 1 FROM messages m WHERE m.id = outbox.id AND m.run_id = $1)`, one.runID, one.contactID)
		work.exec(`UPDATE runs SET state = 'stopped', reason = $2, wake_at = 0, followup_id = '', ended_at = $3 WHERE id = $1 AND state = 'waiting'`,
			one.runID, text(reason), now)
		work.exec(`UPDATE followups SET state = 'CANCELLED', cancelled_at = $3, cancel_reason = $2, log = log || $4 WHERE id = $1 AND state = 'PENDING'`,
			one.followUpID, text(reason), now, line)
		raiseRevision(&work, one.contactID)
	}
	return tx.run(ctx, &work)
}
