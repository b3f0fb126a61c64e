package store

import (
	"context"
	"strings"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Facts are announced by triggers (migration 0008): a row in announcements, in the fact's own transaction, if a subscription
// wants it. Publish puts them into words and deals them out to their subscribers.

// announceMost is how many announcements one transaction publishes.
const announceMost = 200

// publishGate lets one process publish at a time, so that events are dealt out in the order in which they were written.
const publishGate = "publish announcements"

// Publish writes out what was announced, and tells how much that was. more tells that there may be more of it.
func (s *Store) Publish(ctx context.Context) (published int, more bool, err error) {
	waiting, err := s.one(ctx, func(scanner) error { return nil }, "SELECT 1 FROM announcements LIMIT 1")
	if err != nil || !waiting {
		return 0, false, err
	}
	err = s.write(ctx, "dealt", func(tx transaction) error {
		announced, err := s.takeAnnouncements(ctx, tx)
		published = len(announced)
		if err != nil || published == 0 {
			return err
		}
		return s.tell(ctx, tx, announced)
	})
	return published, published == announceMost, err
}

func (s *Store) takeAnnouncements(ctx context.Context, tx transaction) ([]*desk.Announcement, error) {
	var take batch
	var announced []*desk.Announcement
	s.database.gate(&take, publishGate, true)
	take.query(func(row scanner) error {
		one := &desk.Announcement{}
		var at int64
		var subscribers string
		err := row.Scan(&one.Sequence, &one.TenantID, &one.ContactID, &one.Event, &one.SubjectID, &at, &one.Facts, &subscribers)
		one.At, one.Subscribers = instant(at), strings.Split(subscribers, ",")
		announced = append(announced, one)
		return err
	}, "SELECT id, tenant_id, contact_id, event, subject_id, at, facts, subscribers FROM announcements ORDER BY id LIMIT $1", announceMost)
	if err := tx.run(ctx, &take); err != nil || len(announced) == 0 {
		return nil, err
	}
	var read batch
	for _, one := range announced {
		readContactTold(&read, one)
		readSubject(&read, one)
	}
	if read.empty() {
		return announced, nil
	}
	return announced, tx.run(ctx, &read)
}

// tell writes the events and a delivery for each subscriber that still exists.
func (s *Store) tell(ctx context.Context, tx transaction, announced []*desk.Announcement) error {
	var work batch
	now := s.now()
	for _, one := range announced {
		event, err := one.Tell(chat.NewID(), now)
		if err != nil {
			return err
		}
		insertEvent(&work, event, millis(now))
		for _, subscriber := range one.Subscribers {
			insertDelivery(&work, event, chat.NewID(), subscriber, millis(now))
		}
		work.exec("DELETE FROM announcements WHERE id = $1", one.Sequence)
	}
	return tx.run(ctx, &work)
}

func insertEvent(work *batch, event desk.OutgoingEvent, now int64) {
	work.exec(`INSERT INTO outgoing_events (id, tenant_id, contact_id, event, sequence, at, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		event.ID, event.TenantID, event.ContactID, event.Event, event.Sequence, millis(event.At), text(event.Body), now)
}

func insertDelivery(work *batch, event desk.OutgoingEvent, id, subscriber string, now int64) {
	work.exec(`INSERT INTO deliveries (id, tenant_id, subscription_id, event_id, sequence, contact_id, state, attempts, since, due_at, status,
		error, created_at, ended_at) SELECT $1, tenant_id, id, $4, $5, $6, 'pending', 0, $7, $7, 0, '', $7, 0
		FROM subscriptions WHERE id = $2 AND tenant_id = $3`,
		id, subscriber, event.TenantID, event.ID, event.Sequence, event.ContactID, now)
}

func readContactTold(work *batch, one *desk.Announcement) {
	if one.ContactID == "" {
		return
	}
	work.query(func(row scanner) error {
		one.Contact = &chat.Contact{}
		return row.Scan(&one.Contact.ID, &one.Contact.Number, &one.Contact.Name, &one.Contact.Phone)
	}, "SELECT id, number, name, phone FROM contacts WHERE id = $1 AND tenant_id = $2", one.ContactID, one.TenantID)
}

// readSubject reads what never changes of the row that a fact is about; what may have changed is in the facts.
func readSubject(work *batch, one *desk.Announcement) {
	switch family, _, _ := strings.Cut(one.Event, "."); family {
	case "message":
		readMessageTold(work, one)
	case "followup":
		f := &flows.FollowUp{}
		readRow(work, one, "followups", "s.flow_id, s.run_id, s.attempt", func() { one.FollowUp = f }, &f.FlowID, &f.RunID, &f.Attempt)
	case "run":
		readRunTold(work, one)
	case "conversation":
		readConversationTold(work, one, one.SubjectID)
	case "command", "contact":
		var event chat.Event
		if decode(one.Facts, &event) == nil && event.ConversationID != "" {
			readConversationTold(work, one, event.ConversationID)
		}
	}
}

// conversationTold are the columns of the conversation that a row belongs to; it may belong to none.
const conversationTold = "COALESCE(v.id, ''), COALESCE(v.number, 0), COALESCE(v.channel_id, '')"

// readRow reads columns of the fact's own row, called s, together with its conversation; found is called if there is one.
func readRow(work *batch, one *desk.Announcement, table, columns string, found func(), targets ...any) {
	work.query(func(row scanner) error {
		var v chat.Conversation
		if err := row.Scan(append(targets, &v.ID, &v.Number, &v.ChannelID)...); err != nil {
			return err
		}
		if v.ID != "" {
			one.Conversation = &v
		}
		found()
		return nil
	}, "SELECT "+columns+", "+conversationTold+" FROM "+table+` s LEFT JOIN conversations v ON v.id = s.conversation_id
		WHERE s.id = $1 AND s.tenant_id = $2`, one.SubjectID, one.TenantID)
}

func readConversationTold(work *batch, one *desk.Announcement, id string) {
	work.query(func(row scanner) error {
		one.Conversation = &chat.Conversation{}
		return row.Scan(&one.Conversation.ID, &one.Conversation.Number, &one.Conversation.ChannelID)
	}, "SELECT id, number, channel_id FROM conversations WHERE id = $1 AND tenant_id = $2", id, one.TenantID)
}

func readMessageTold(work *batch, one *desk.Announcement) {
	m := &chat.Message{}
	var content string
	var createdAt, revokedAt int64
	readRow(work, one, "messages", "s.external_id, s.origin, s.reply_to, s.replaces, s.followup_id, s.run_id, s.content, s.created_at, s.revoked_at", func() {
		m.CreatedAt, m.RevokedAt = instant(createdAt), instant(revokedAt)
		if decode(content, &m.Content) != nil {
			m.Content = chat.Content{} // one unreadable row must not keep all others from being told
		}
		*m = m.Hidden()
		one.Message = m
	}, &m.ExternalID, &m.Origin, &m.ReplyTo, &m.Replaces, &m.FollowUpID, &m.RunID, &content, &createdAt, &revokedAt)
}

func readRunTold(work *batch, one *desk.Announcement) {
	r := &flows.Run{}
	var startedAt int64
	readRow(work, one, "runs", "s.flow_id, s.started_at", func() {
		r.StartedAt = instant(startedAt)
		one.Run = r
	}, &r.FlowID, &startedAt)
}
