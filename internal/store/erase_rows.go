package store

import (
	"context"
	"fmt"

	"retoma/internal/chat"
)

// erasedMessage is one message on its way to being a count.
type erasedMessage struct {
	id, channelID, externalID string
	content                   chat.Content
}

// files forgets what the tenant sent to this person and to nobody else, and what nothing else uses. It comes before the messages,
// which say what that was.
func (e *eraser) files(ctx context.Context) error {
	after := ""
	for {
		page, err := e.someMessages(ctx, after, "m.direction = 'out' AND m.content LIKE '%mediaId%'")
		if err != nil || len(page) == 0 {
			return err
		}
		for _, one := range page {
			after = one.id
			for _, id := range filesOf(one.content) {
				if err := e.forgetUpload(ctx, id); err != nil {
					return err
				}
			}
		}
	}
}

// filesOf are our files that a message carries.
func filesOf(content chat.Content) []string {
	var ids []string
	for _, media := range content.Files() {
		if media.MediaID != "" {
			ids = append(ids, media.MediaID)
		}
	}
	return ids
}

func (e *eraser) forgetUpload(ctx context.Context, id string) error {
	used := false
	like := "%" + id + "%"
	for _, look := range []string{
		"SELECT 1 FROM document_versions WHERE tenant_id = $1 AND body LIKE $2 LIMIT 1",
		"SELECT 1 FROM documents WHERE tenant_id = $1 AND body LIKE $2 LIMIT 1",
	} {
		found, err := e.store.one(ctx, func(scanner) error { return nil }, look, e.tenantID, like)
		if err != nil {
			return err
		}
		used = used || found
	}
	if used {
		return nil
	}
	used, err := e.store.one(ctx, func(scanner) error { return nil }, `SELECT 1 FROM messages WHERE tenant_id = $1 AND content LIKE $2
		AND NOT (conversation_id = ANY($3)) LIMIT 1`, e.tenantID, like, e.marks.Conversations)
	if err != nil || used {
		return err
	}
	return e.store.write(ctx, "erase rows", func(tx transaction) error {
		var file chat.File
		var read batch
		read.query(func(row scanner) (err error) {
			file, err = scanFile(row)
			return err
		}, "SELECT "+fileColumns+" FROM media WHERE tenant_id = $1 AND id = $2", e.tenantID, id)
		if err := tx.run(ctx, &read); err != nil || file.ID == "" {
			return err
		}
		work := e.store.forgetFile(file)
		work.exec("UPDATE blobs SET used_at = 1 WHERE tenant_id = $1 AND sha256 = $2 AND state = 'loose'", e.tenantID, file.SHA256)
		return tx.run(ctx, work)
	})
}

// forgetReceived forgets the files that messages brought. Bytes that nobody else has go with the next sweep, and not after the
// usual wait.
func forgetReceived(work *batch, tenantID string, messages []string) {
	const received = "SELECT %s FROM media WHERE message_id = ANY($1) AND message_id <> ''"
	work.exec(`UPDATE blobs SET state = 'loose', used_at = 1 WHERE tenant_id = $2 AND state = 'kept' AND sha256 IN (`+fmt.Sprintf(received, "sha256")+`)
		AND NOT EXISTS (SELECT 1 FROM media o WHERE o.tenant_id = blobs.tenant_id AND o.sha256 = blobs.sha256 AND NOT (o.message_id = ANY($1)))`,
		messages, tenantID)
	work.exec("DELETE FROM media_uploads WHERE media_id IN ("+fmt.Sprintf(received, "id")+")", messages)
	work.exec("DELETE FROM media WHERE message_id = ANY($1) AND message_id <> ''", messages)
}

// someMessages reads the next messages of the person that still say something.
func (e *eraser) someMessages(ctx context.Context, after, condition string) ([]erasedMessage, error) {
	var page []erasedMessage
	err := e.store.list(ctx, func(row scanner) error {
		var one erasedMessage
		var content string
		if err := row.Scan(&one.id, &one.channelID, &one.externalID, &content); err != nil {
			return err
		}
		err := decode(content, &one.content)
		page = append(page, one)
		return err
	}, `SELECT m.id, m.channel_id, m.external_id, m.content FROM messages m WHERE m.conversation_id = ANY($1) AND m.removal <> 'erased'
		AND m.id > $2 AND `+condition+" ORDER BY m.id LIMIT $3", e.marks.Conversations, after, eraseBatch)
	return page, err
}

// messages turns the person's messages into counts, with the files that the person sent.
func (e *eraser) messages(ctx context.Context) error {
	after := ""
	for {
		page, err := e.someMessages(ctx, after, "TRUE")
		if err != nil || len(page) == 0 {
			return err
		}
		var work batch
		rows := newTable("id text", "content text")
		ids := make([]string, 0, len(page))
		for _, one := range page {
			after = one.id
			ids = append(ids, one.id)
			e.store.forgetEvent(&work, one.channelID, one.externalID)
			content, err := encoded(chat.Content{Type: one.content.Type})
			if err != nil {
				return err
			}
			rows.add(one.id, content)
		}
		work.with(rows, `UPDATE messages SET content = v.content, removal = 'erased', external_id = '', fallback = '', reply_to = '', error_detail = '',
			log = '' FROM {v} WHERE messages.id = v.id`)
		forgetReceived(&work, e.tenantID, ids)
		if err := e.store.writeBatch(ctx, "erase rows", &work); err != nil {
			return err
		}
	}
}

// followUps leaves of follow-ups what is counted: that they were, when, and how they ended.
func (e *eraser) followUps(ctx context.Context) error {
	line, err := logLines([]chat.LogEntry{{At: instant(e.begunAt), Check: chat.LogErased, Verdict: "removed", Reason: "os dados desta pessoa foram apagados a pedido (LGPD)"}})
	if err != nil {
		return err
	}
	for {
		var affected int64
		var work batch
		work.count(&affected, `UPDATE followups SET log = $4, cancel_reason = CASE WHEN state = 'RESPONDED' OR cancel_reason = $2 THEN cancel_reason ELSE '' END
			WHERE id IN (SELECT id FROM followups WHERE contact_id = ANY($1)
				AND (log <> $4 OR cancel_reason NOT IN ('', $2) AND state <> 'RESPONDED') LIMIT $3)`, e.marks.Contacts, ErasedReason, eraseBatch, line)
		if err := e.store.writeBatch(ctx, "erase rows", &work); err != nil || affected == 0 {
			return err
		}
	}
}

// ownRows empties runs, and removes what platforms were told or are to be told. These rows are found by walking the tenant's.
func (e *eraser) ownRows(ctx context.Context) error {
	for _, one := range []struct{ table, text string }{
		{"runs", "UPDATE runs SET body = '', log = '', reason = '' WHERE id = ANY($1)"},
		{"deliveries", "DELETE FROM deliveries WHERE id = ANY($1)"},
		{"outgoing_events", "DELETE FROM outgoing_events WHERE id = ANY($1)"},
	} {
		err := e.walk(ctx, one.table, "contact_id", func(cells []string) bool { return e.own(cells[0]) }, func(work *batch, ids []string) {
			work.exec(one.text, ids)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) own(contactID string) bool {
	for _, id := range e.marks.Contacts {
		if id == contactID {
			return true
		}
	}
	return false
}
