package store

import (
	"context"
	"encoding/json"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// exporting is one reading of everything that is kept of a person. Rows are read a page at a time.
type exporting struct {
	eraser // who it is, and the ways to find what no index finds
	to     desk.Held
	// telling is what the last page held. It is told when nothing is being read: whoever listens may be slow.
	telling []func() error
}

func (x *exporting) later(tell func() error) error {
	x.telling = append(x.telling, tell)
	return nil
}

// tell tells what was read, if that worked.
func (x *exporting) tell(err error) error {
	telling := x.telling
	x.telling = nil
	for _, one := range telling {
		if err == nil {
			err = one()
		}
	}
	return err
}

// Export reads everything that is kept of a contact. fault.NotFound: there is nobody.
func (s *Store) Export(ctx context.Context, tenantID, contactID string, to desk.Held) error {
	contact, err := s.Contact(ctx, tenantID, chat.Ref{ID: contactID})
	if err != nil {
		return err
	}
	x := &exporting{eraser: eraser{store: s, tenantID: tenantID, id: contact.ID}, to: to}
	for _, step := range []func(context.Context) error{
		x.people, x.conversations, x.messages, x.files, x.followUps, x.runs, x.memory, x.words, x.events, x.told, x.notifications,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// people reads the contact and those that were merged into it, and learns by what they are found.
func (x *exporting) people(ctx context.Context) error {
	var all []chat.Contact
	var work batch
	work.query(func(row scanner) error {
		contact, err := scanContact(row)
		all = append(all, contact)
		return err
	}, "SELECT "+contactColumns+` FROM contacts WHERE tenant_id = $2 AND (id = $1 OR merged_into = $1 AND merged_into <> '')
		ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id`, x.id, x.tenantID)
	if err := x.store.database.read(ctx, &work); err != nil {
		return err
	}
	for i := range all {
		keys, err := x.store.ContactKeys(ctx, x.tenantID, all[i].ID)
		if err != nil {
			return err
		}
		all[i].Keys = keys
		x.marks.Contacts = append(x.marks.Contacts, all[i].ID)
		x.marks.addPhone(all[i].Phone)
		x.marks.addPhone(all[i].Route)
		for _, key := range keys {
			x.marks.addKey(key.Key)
		}
		if err := x.to.Contact(all[i]); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporting) conversations(ctx context.Context) error {
	return x.tell(x.store.list(ctx, func(row scanner) error {
		conversation, err := scanConversation(row)
		if err != nil {
			return err
		}
		x.marks.Conversations = append(x.marks.Conversations, conversation.ID)
		return x.later(func() error { return x.to.Conversation(conversation) })
	}, "SELECT "+conversationColumns+" FROM conversations WHERE contact_id = ANY($1) ORDER BY id", x.marks.Contacts))
}

// paged reads pages behind a cursor until one is empty. text ends with the cursor as its last argument but one, and the limit;
// each gives the cursor of its row.
func (x *exporting) paged(ctx context.Context, each func(row scanner) (after string, err error), text string, args ...any) error {
	after := ""
	for {
		count := 0
		var work batch
		work.query(func(row scanner) (err error) {
			count++
			after, err = each(row)
			return err
		}, text, append(args[:len(args):len(args)], after, walkPage)...)
		if err := x.tell(x.store.database.read(ctx, &work)); err != nil || count < walkPage {
			return err
		}
	}
}

func (x *exporting) messages(ctx context.Context) error {
	return x.paged(ctx, func(row scanner) (string, error) {
		var content, lines string
		message, err := scanMessage(row, &content, &lines)
		if err != nil {
			return "", err
		}
		if err := decode(content, &message.Content); err != nil { // what was deleted for everyone is kept, and therefore told
			return "", err
		}
		if message.Log, err = readLog(lines); err != nil {
			return "", err
		}
		return message.ID, x.later(func() error { return x.to.Message(message) })
	}, "SELECT "+messageColumns+", m.content, m.log FROM messages m WHERE m.conversation_id = ANY($1) AND m.id > $2 ORDER BY m.id LIMIT $3", x.marks.Conversations)
}

func (x *exporting) files(ctx context.Context) error {
	return x.paged(ctx, func(row scanner) (string, error) {
		file, err := scanFile(row)
		if err != nil {
			return "", err
		}
		return file.ID, x.later(func() error { return x.to.File(file) })
	}, "SELECT "+fileColumns+` FROM media WHERE message_id IN (SELECT m.id FROM messages m WHERE m.conversation_id = ANY($1)) AND message_id <> ''
		AND media.id > $2 ORDER BY media.id LIMIT $3`, x.marks.Conversations)
}

func (x *exporting) followUps(ctx context.Context) error {
	return x.paged(ctx, func(row scanner) (string, error) {
		view, err := scanFollowUpView(row)
		if err != nil {
			return "", err
		}
		held := desk.HeldFollowUp{
			ID: view.ID, Flow: view.FlowName, State: string(view.State), MessageID: view.MessageID, CancelReason: view.CancelReason, Attempt: view.Attempt,
			DueAt: view.DueAt, SentAt: view.SentAt, CancelledAt: view.CancelledAt, RespondedAt: view.RespondedAt, FailedAt: view.FailedAt,
			CreatedAt: view.CreatedAt, Log: view.Log,
		}
		return view.ID, x.later(func() error { return x.to.FollowUp(held) })
	}, "SELECT "+followUpColumns+followUpNames+" FROM followups f"+followUpJoins+"WHERE f.contact_id = ANY($1) AND f.id > $2 ORDER BY f.id LIMIT $3", x.marks.Contacts)
}

// runs are found by walking the tenant's: most of them belong to no index of their contact.
func (x *exporting) runs(ctx context.Context) error {
	return x.walkOwn(ctx, "runs", "contact_id", func(ids []string) error {
		return x.store.list(ctx, func(row scanner) error {
			var endedAt int64
			var lines string
			run, err := scanRun(scanning(func(targets ...any) error { return row.Scan(append(targets, &endedAt, &lines)...) }))
			if err != nil {
				return err
			}
			one := desk.HeldRun{
				ID: run.ID, FlowID: run.FlowID, State: string(run.State), Reason: run.Reason, Vars: run.Vars, Trigger: run.Trigger, Outputs: run.Outputs,
				StartedAt: run.StartedAt, EndedAt: instant(endedAt),
			}
			if one.Log, err = readLog(lines); err != nil {
				return err
			}
			return x.later(func() error { return x.to.Run(one) })
		}, "SELECT "+runColumns+", ended_at, log FROM runs WHERE id = ANY($1) ORDER BY id", ids)
	})
}

func (x *exporting) memory(ctx context.Context) error {
	return x.paged(ctx, func(row scanner) (string, error) {
		var id string
		var one desk.HeldText
		var at int64
		if err := row.Scan(&id, &one.Role, &one.Text, &at); err != nil {
			return "", err
		}
		one.At = instant(at)
		return id, x.later(func() error { return x.to.Memory(one) })
	}, "SELECT id, role, text, created_at FROM assistant_memory WHERE conversation_id = ANY($1) AND id > $2 ORDER BY id LIMIT $3", x.marks.Conversations)
}

func (x *exporting) words(ctx context.Context) error {
	return x.paged(ctx, func(row scanner) (string, error) {
		var digest string
		var one desk.HeldText
		var at int64
		if err := row.Scan(&digest, &one.Text, &at); err != nil {
			return "", err
		}
		one.At = instant(at)
		return digest, x.later(func() error { return x.to.Word(one) })
	}, "SELECT digest, said, said_at FROM contact_words WHERE contact_id = ANY($1) AND digest > $2 ORDER BY digest LIMIT $3", x.marks.Contacts)
}

func (x *exporting) events(ctx context.Context) error {
	return x.walkOwn(ctx, "inbox", "contact_id", func(ids []string) error {
		return x.store.list(ctx, func(row scanner) error {
			var body string
			if err := row.Scan(&body); err != nil {
				return err
			}
			return x.later(func() error { return x.to.Event(json.RawMessage(body)) })
		}, "SELECT body FROM inbox WHERE id = ANY($1) AND body <> '' ORDER BY id", ids)
	})
}

func (x *exporting) told(ctx context.Context) error {
	return x.walkOwn(ctx, "outgoing_events", "contact_id", func(ids []string) error {
		return x.store.list(ctx, func(row scanner) error {
			var one desk.OutgoingEvent
			var at int64
			if err := row.Scan(&one.ID, &one.TenantID, &one.ContactID, &one.Event, &one.Sequence, &at, &one.Body); err != nil {
				return err
			}
			one.At = instant(at)
			return x.later(func() error { return x.to.Told(one) })
		}, "SELECT id, tenant_id, contact_id, event, sequence, at, body FROM outgoing_events WHERE id = ANY($1) ORDER BY id", ids)
	})
}

func (x *exporting) notifications(ctx context.Context) error {
	mentions := func(cells []string) bool { return x.marks.mentions(strings.Join(cells, "\n")) }
	return x.chosen(ctx, "notifications", "body", mentions, func(ids []string) error {
		return x.store.list(ctx, func(row scanner) error {
			one, err := scanNotification(row)
			if err != nil {
				return err
			}
			return x.later(func() error { return x.to.Notification(one) })
		}, "SELECT "+notificationColumns+" FROM notifications WHERE id = ANY($1) ORDER BY id", ids)
	})
}

// walkOwn gives the ids of the person's rows in a table, some at a time.
func (x *exporting) walkOwn(ctx context.Context, table, column string, each func(ids []string) error) error {
	return x.chosen(ctx, table, column, func(cells []string) bool { return x.own(cells[0]) }, each)
}

func (x *exporting) chosen(ctx context.Context, table, columns string, wanted func(cells []string) bool, each func(ids []string) error) error {
	return x.store.walkTenant(ctx, walking{tenantID: x.tenantID, table: table, id: "id", columns: columns}, func(rows [][]string) error {
		var ids []string
		for _, cells := range rows {
			if wanted(cells[1:]) {
				ids = append(ids, cells[0])
			}
		}
		if len(ids) == 0 {
			return nil
		}
		return x.tell(each(ids))
	})
}
