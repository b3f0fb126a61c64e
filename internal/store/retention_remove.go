package store

import (
	"context"
	"time"

	"retoma/internal/chat"
)

// noLog tells that a log was removed before, or that there never was one.
const noLog = `(t.log = '' OR t.log LIKE '{"at":"%","check":"` + chat.LogRemoved + `"%')`

// marked removes logs, with a statement that takes the ids and what stands in their place: that there was one.
func marked(text string) func(context.Context, *Store, []string, time.Time) (int64, error) {
	return func(ctx context.Context, s *Store, ids []string, now time.Time) (int64, error) {
		line, err := logLines([]chat.LogEntry{{At: now, Check: chat.LogRemoved, Verdict: "removed", Reason: "o registro do que foi verificado foi removido pelo prazo de guarda da empresa"}})
		if err != nil {
			return 0, err
		}
		var affected int64
		var work batch
		work.count(&affected, text, ids, line)
		return affected, s.writeBatch(ctx, "retention", &work)
	}
}

// clearMessages leaves of messages that they were, and of what kind.
func clearMessages(ctx context.Context, s *Store, ids []string, _ time.Time) (int64, error) {
	rows := newTable("id text", "content text")
	err := s.list(ctx, func(row scanner) error {
		var id, text string
		var content chat.Content
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		if err := decode(text, &content); err != nil {
			return err
		}
		kept, err := encoded(chat.Content{Type: content.Type})
		rows.add(id, kept)
		return err
	}, "SELECT id, content FROM messages WHERE id = ANY($1)", ids)
	if err != nil {
		return 0, err
	}
	cleared := int64(0)
	err = s.write(ctx, "retention", func(tx transaction) error {
		cleared = 0
		var work batch
		work.read(rows, func(row scanner) error {
			cleared++
			var id string
			return row.Scan(&id)
		}, `UPDATE messages SET content = v.content, fallback = '', removal = 'retention' FROM {v} WHERE messages.id = v.id AND messages.removal = ''
			AND messages.state NOT IN (`+unsent()+`) RETURNING messages.id`)
		return tx.run(ctx, &work)
	})
	return cleared, err
}

// removeReceived forgets files that customers sent, unless one is to be sent on or an author uses it. Their bytes go with the usual sweep.
func removeReceived(ctx context.Context, s *Store, ids []string, _ time.Time) (int64, error) {
	var forgotten int64
	err := s.write(ctx, "retention", func(tx transaction) error {
		forgotten = 0
		var look, work batch
		var files []chat.File
		look.query(func(row scanner) error {
			file, err := scanFile(row)
			files = append(files, file)
			return err
		}, "SELECT "+fileColumns+` FROM media WHERE id = ANY($1) AND message_id <> '' AND state <> 'fetching'
			AND NOT EXISTS (SELECT 1 FROM outbox o JOIN messages m ON m.id = o.id WHERE o.tenant_id = media.tenant_id AND m.content LIKE '%' || media.id || '%')
			AND NOT EXISTS (SELECT 1 FROM document_versions d WHERE d.tenant_id = media.tenant_id AND d.body LIKE '%' || media.id || '%')`, ids)
		if err := tx.run(ctx, &look); err != nil {
			return err
		}
		for _, file := range files {
			forgotten++
			work.statements = append(work.statements, s.forgetFile(file).statements...)
		}
		if work.empty() {
			return nil
		}
		return tx.run(ctx, &work)
	})
	return forgotten, err
}

// removeTold forgets what subscriptions were told.
func removeTold(ctx context.Context, s *Store, ids []string, _ time.Time) (int64, error) {
	var affected int64
	var work batch
	const told = "NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = outgoing_events.id AND d.state = 'pending')"
	work.exec(`DELETE FROM deliveries WHERE state <> 'pending' AND event_id IN (SELECT id FROM outgoing_events WHERE id = ANY($1) AND `+told+")", ids)
	work.count(&affected, "DELETE FROM outgoing_events WHERE id = ANY($1) AND "+told, ids)
	return affected, s.writeBatch(ctx, "retention", &work)
}
