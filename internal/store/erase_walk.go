package store

import (
	"context"
	"strings"

	"retoma/internal/chat"
)

// walkPage is how many rows of a tenant are read at once by what no index finds.
const walkPage = 500

// walk reads the text columns of every row of the tenant in order of id, and lets those be changed that wanted chooses: a page
// at a time, each change in a transaction of its own.
func (e *eraser) walk(ctx context.Context, table, columns string, wanted func(cells []string) bool, change func(work *batch, ids []string)) error {
	return e.store.walkTenant(ctx, walking{tenantID: e.tenantID, table: table, id: "id", columns: columns}, func(rows [][]string) error {
		var ids []string
		for _, cells := range rows {
			if wanted(cells[1:]) {
				ids = append(ids, cells[0])
			}
		}
		if len(ids) == 0 {
			return nil
		}
		var work batch
		change(&work, ids)
		return e.store.writeBatch(ctx, "erase rows", &work)
	})
}

// walking says what is walked: text columns of a tenant's rows in a table, in order of id, which is text too.
type walking struct{ tenantID, table, id, columns string }

func (s *Store) walkTenant(ctx context.Context, w walking, each func(rows [][]string) error) error {
	width := strings.Count(w.columns, ",") + 2
	after := ""
	for {
		var rows [][]string
		err := s.list(ctx, func(row scanner) error {
			cells, targets := make([]string, width), make([]any, width)
			for i := range cells {
				targets[i] = &cells[i]
			}
			rows = append(rows, cells)
			return row.Scan(targets...)
		}, "SELECT "+w.id+", "+w.columns+" FROM "+w.table+" WHERE tenant_id = $1 AND "+w.id+" > $2 ORDER BY "+w.id+" LIMIT $3", w.tenantID, after, walkPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1][0]
		if err := each(rows); err != nil {
			return err
		}
	}
}

// inbox removes what came in from the person, or about them; what came for others and names them is told without the name.
func (e *eraser) inbox(ctx context.Context) error {
	return e.store.walkTenant(ctx, walking{tenantID: e.tenantID, table: "inbox", id: "id", columns: "contact_id, channel_id, external_id, body"},
		func(rows [][]string) error {
			var work batch
			var own []string
			for _, cells := range rows {
				id, contactID, channelID, externalID, body := cells[0], cells[1], cells[2], cells[3], cells[4]
				switch {
				case e.own(contactID):
					own = append(own, id)
					e.store.forgetEvent(&work, channelID, externalID)
					forgetRevocation(&work, channelID, body)
				case e.marks.mentions(body):
					e.redactEvent(&work, id, body)
				}
			}
			if len(own) > 0 {
				forgetReceived(&work, e.tenantID, own) // the files of messages that nobody had read yet
				work.exec("DELETE FROM inbox WHERE id = ANY($1)", own)
			}
			if work.empty() {
				return nil
			}
			return e.store.writeBatch(ctx, "erase rows", &work)
		})
}

// forgetRevocation forgets that a message of the person was deleted before it came.
func forgetRevocation(work *batch, channelID, body string) {
	var event chat.Event
	if decode(body, &event) != nil || event.Message == nil {
		return
	}
	if revoked := event.Message.Content.RevokedID(); revoked != "" {
		work.exec("DELETE FROM revocations WHERE channel_id = $1 AND external_id = $2", channelID, revoked)
	}
}

// redactEvent takes the person's names out of what retoma itself wrote to somebody else, such as that a number is another
// person's now. What another customer said stays theirs.
func (e *eraser) redactEvent(work *batch, id, body string) {
	var event chat.Event
	if decode(body, &event) != nil || event.Message != nil {
		return
	}
	if told := e.marks.redact(body); told != body && decode(told, &event) == nil {
		work.exec("UPDATE inbox SET body = $2 WHERE id = $1", id, text(told))
	}
}

// rejected removes the person's part of what could not be used of webhooks, and what providers told of them.
func (e *eraser) rejected(ctx context.Context) error {
	for _, one := range []walking{
		{tenantID: e.tenantID, table: "rejected", id: "id", columns: "raw"},
		{tenantID: e.tenantID, table: "news", id: "id", columns: "body"},
	} {
		err := e.store.walkTenant(ctx, one, func(rows [][]string) error {
			var work batch
			for _, cells := range rows {
				if !e.marks.mentions(cells[1]) {
					continue
				}
				if rest, left := e.marks.cut(cells[1]); left {
					work.exec("UPDATE "+one.table+" SET "+one.columns+" = $2 WHERE id = $1", cells[0], text(rest))
					continue
				}
				work.exec("DELETE FROM "+one.table+" WHERE id = $1", cells[0])
			}
			if work.empty() {
				return nil
			}
			return e.store.writeBatch(ctx, "erase rows", &work)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// notifications removes what the team was told of the person, and what refusals said of them.
func (e *eraser) notifications(ctx context.Context) error {
	mentions := func(cells []string) bool { return e.marks.mentions(strings.Join(cells, "\n")) }
	if err := e.walk(ctx, "notifications", "body, error", mentions, func(work *batch, ids []string) {
		work.exec("DELETE FROM notifications WHERE id = ANY($1)", ids)
	}); err != nil {
		return err
	}
	return e.walk(ctx, "troubles", "body", mentions, func(work *batch, ids []string) {
		work.exec("DELETE FROM troubles WHERE id = ANY($1)", ids)
	})
}

// answers replaces the kept answers of requests about the person: the same request is told that there is nobody, and does nothing
// again.
func (e *eraser) answers(ctx context.Context) error {
	return e.store.walkTenant(ctx, walking{tenantID: e.tenantID, table: "idempotency", id: "key", columns: "answer"}, func(rows [][]string) error {
		var work batch
		for _, cells := range rows {
			key, answer := cells[0], cells[1]
			if strings.HasPrefix(answer, lockedForm) {
				plain, err := e.store.vault.unlock(answer, key)
				if err != nil {
					return err
				}
				answer = plain
			}
			switch {
			case e.marks.mentions(key):
				work.exec("DELETE FROM idempotency WHERE tenant_id = $1 AND key = $2", e.tenantID, key)
			case e.marks.mentions(answer):
				work.exec("UPDATE idempotency SET status = 404, answer = $3 WHERE tenant_id = $1 AND key = $2 AND status <> 0", e.tenantID, key, answerOfNobody)
			}
		}
		if work.empty() {
			return nil
		}
		return e.store.writeBatch(ctx, "erase rows", &work)
	})
}

// answerOfNobody is what a repeated request about an erased person is told.
const answerOfNobody = `{"success":false,"error":"Contato não encontrado","code":"not_found"}`
