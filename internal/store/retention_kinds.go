package store

import (
	"context"
	"time"

	"retoma/internal/chat"
)

// retainedKind is something that is kept for some days. Its texts are SQL about a row called t.
type retainedKind struct {
	// name is the setting's; step tells apart what one setting does in several tables.
	name, step string
	table      string
	made, at   string
	// ready tells that nothing needs it any more; gone, that it was removed before.
	ready, gone string
	before      func(days chat.RetentionDays, now time.Time) time.Time
	// remove takes rows that were found ready, and looks once more whether they are; it tells how many it removed.
	remove func(ctx context.Context, s *Store, ids []string, now time.Time) (int64, error)
}

// unsent are the states of messages that may still go, or of which nobody knows whether they went.
func unsent() string {
	return sqlList([]chat.MessageState{chat.Queued, chat.Parked, chat.Sending, chat.Unconfirmed})
}

// The conditions under which nothing needs a row any more.
const (
	readMail     = "t.state IN ('done', 'quarantined')"
	endedRun     = "t.state <> 'waiting' AND NOT EXISTS (SELECT 1 FROM outbox o JOIN messages m ON m.id = o.id WHERE o.contact_id = t.contact_id AND m.run_id = t.id)"
	endedFollow  = "t.state <> 'PENDING' AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = t.run_id AND r.state = 'waiting')"
	receivedFile = "t.message_id <> '' AND t.state <> 'fetching'"
	toldTeam     = "t.state <> 'pending'"
	// What was written long ago for a later day counts from that day.
	lastMoved = "CASE WHEN t.at > t.created_at THEN t.at ELSE t.created_at END"
	toldAll   = "NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = t.id AND d.state = 'pending')"
)

func sentMessage() string {
	return "t.state NOT IN (" + unsent() + ") AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = t.id)"
}

// retained is everything that is kept for some days.
func retained() []retainedKind {
	webhooks := func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Webhooks, now) }
	// What tells a repeated webhook from a new one stays at least as long as one can be repeated.
	keys := func(d chat.RetentionDays, now time.Time) time.Time {
		at := chat.Before(d.Webhooks, now)
		if known := now.Add(-repeatedFor); known.Before(at) {
			return known
		}
		return at
	}
	logs := func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Logs, now) }
	return []retainedKind{
		{name: "webhooks", step: "inbox bodies", table: "inbox", made: "t.received_at", at: "t.received_at", ready: readMail, gone: "t.body = ''", before: webhooks,
			remove: byID("UPDATE inbox SET body = '', error = '' WHERE id = ANY($1) AND state IN ('done', 'quarantined')")},
		{name: "webhooks", step: "inbox", table: "inbox", made: "t.received_at", at: "t.received_at", ready: readMail, gone: "FALSE", before: keys,
			remove: byID("DELETE FROM inbox WHERE id = ANY($1) AND state IN ('done', 'quarantined')")},
		{name: "webhooks", step: "rejected bodies", table: "rejected", made: "t.received_at", at: "t.received_at", ready: "TRUE", gone: "t.raw = ''", before: webhooks,
			remove: byID("UPDATE rejected SET raw = '' WHERE id = ANY($1)")},
		{name: "webhooks", step: "rejected", table: "rejected", made: "t.received_at", at: "t.received_at", ready: "TRUE", gone: "FALSE", before: keys,
			remove: byID("DELETE FROM rejected WHERE id = ANY($1)")},
		{name: "messages", step: "messages", table: "messages", made: "t.created_at", at: lastMoved, ready: sentMessage(), gone: "t.removal <> ''",
			before: func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Messages, now) }, remove: clearMessages},
		{name: "logs", step: "runs", table: "runs", made: "t.started_at", at: "t.ended_at", ready: endedRun, gone: "t.body = ''", before: logs,
			remove: byID("UPDATE runs SET body = '', log = '' WHERE id = ANY($1) AND state <> 'waiting'")},
		{name: "logs", step: "followup logs", table: "followups", made: "t.created_at", at: "t.listed_at", ready: endedFollow, gone: noLog, before: logs,
			remove: marked("UPDATE followups SET log = $2 WHERE id = ANY($1) AND state <> 'PENDING'")},
		{name: "logs", step: "message logs", table: "messages", made: "t.created_at", at: lastMoved, ready: sentMessage(), gone: noLog, before: logs,
			remove: marked("UPDATE messages SET log = $2, error_detail = '' WHERE id = ANY($1) AND state NOT IN (" + unsent() + ")")},
		{name: "files", step: "files", table: "media", made: "t.created_at", at: "t.created_at", ready: receivedFile, gone: "t.message_id = ''",
			before: func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Files, now) }, remove: removeReceived},
		{name: "memory", step: "memory", table: "assistant_memory", made: "t.created_at", at: "t.created_at", ready: "TRUE", gone: "FALSE",
			before: func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Memory, now) },
			remove: byID("DELETE FROM assistant_memory WHERE id = ANY($1)")},
		{name: "deliveries", step: "deliveries", table: "outgoing_events", made: "t.created_at", at: "t.created_at", ready: toldAll, gone: "FALSE",
			before: func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Deliveries, now) }, remove: removeTold},
		{name: "notifications", step: "notifications", table: "notifications", made: "t.created_at", at: "t.created_at", ready: toldTeam, gone: "FALSE",
			before: func(d chat.RetentionDays, now time.Time) time.Time { return chat.Before(d.Notifications, now) },
			remove: byID("DELETE FROM notifications WHERE id = ANY($1) AND state <> 'pending'")},
	}
}

// byID removes with one statement that takes the ids.
func byID(text string) func(context.Context, *Store, []string, time.Time) (int64, error) {
	return func(ctx context.Context, s *Store, ids []string, _ time.Time) (int64, error) {
		var affected int64
		var work batch
		work.count(&affected, text, ids)
		return affected, s.writeBatch(ctx, "retention", &work)
	}
}
