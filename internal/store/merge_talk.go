package store

import (
	"context"

	"retoma/internal/chat"
)

// mailRow is an unread inbox row.
type mailRow struct {
	contactID string
	event     chat.Event
}

// moveTalk moves what ingestion may add to: conversations, keys and unread mail.
func (m *merge) moveTalk(ctx context.Context) error {
	owned := map[string][]chat.Conversation{}
	var read, work batch
	read.query(func(row scanner) error {
		conversation, err := scanConversation(row)
		owned[conversation.ContactID] = append(owned[conversation.ContactID], conversation)
		return err
	}, "SELECT "+conversationColumns+" FROM conversations WHERE contact_id IN ($1, $2) ORDER BY id", m.stays.ID, m.goes.ID)
	read.query(func(row scanner) error {
		var one mailRow
		var body string
		if err := row.Scan(&one.contactID, &body); err != nil {
			return err
		}
		err := decode(body, &one.event)
		m.mail = append(m.mail, one)
		return err
	}, "SELECT contact_id, body FROM inbox WHERE contact_id IN ($1, $2) AND state = 'new' ORDER BY number, id", m.stays.ID, m.goes.ID)
	if err := m.tx.run(ctx, &read); err != nil {
		return err
	}
	base := max(m.boxes[m.stays.ID].received, m.boxes[m.goes.ID].received)
	m.renumberClaims(&work, base)
	m.moveConversations(&work, owned[m.stays.ID], owned[m.goes.ID])
	work.exec("UPDATE contact_keys SET contact_id = $1 WHERE contact_id = $2", m.stays.ID, m.goes.ID)
	moveWords(&work, m.stays.ID, m.goes.ID)
	if err := m.moveMail(&work, base); err != nil {
		return err
	}
	return m.tx.run(ctx, &work)
}

// renumberClaims carries over what is known of sends under way: whether the customer wrote after they were claimed. The two
// mailboxes counted for themselves.
func (m *merge) renumberClaims(work *batch, base int64) {
	if m.sweeps {
		return
	}
	work.exec(`UPDATE messages SET claim_number = CASE WHEN claim_number >= COALESCE((SELECT v.customer_number FROM conversations v
		WHERE v.id = messages.conversation_id), 0) THEN $2 ELSE 0 END
		WHERE id IN (SELECT id FROM outbox WHERE contact_id = $1 AND state IN ('sending', 'unconfirmed'))`, m.stays.ID, base)
}

// moveConversations gives the gone contact's conversations to the one that stays. Two on one channel become one: the older
// one, so that what others know it by lives longest; the other's id and number lead to it.
func (m *merge) moveConversations(work *batch, mine, theirs []chat.Conversation) {
	m.conversations = map[string]string{}
	byChannel := map[string]chat.Conversation{}
	for _, one := range mine {
		byChannel[one.ChannelID] = one
	}
	for _, moved := range theirs {
		keeps, both := byChannel[moved.ChannelID]
		if !both {
			work.exec("UPDATE conversations SET contact_id = $2 WHERE id = $1", moved.ID, m.stays.ID)
			work.exec("UPDATE messages SET contact_id = $2 WHERE conversation_id = $1", moved.ID, m.stays.ID)
			continue
		}
		goes := moved
		if goes.ID < keeps.ID {
			keeps, goes = goes, keeps
		}
		m.conversations[goes.ID] = keeps.ID
		m.joinConversation(work, keeps, goes)
	}
}

func (m *merge) joinConversation(work *batch, keeps, goes chat.Conversation) {
	work.exec(`UPDATE runs SET conversation_id = $1 WHERE conversation_id = $2 AND (id IN (SELECT run_id FROM followups WHERE conversation_id = $2)
		OR id IN (SELECT run_id FROM messages WHERE conversation_id = $2) OR contact_id = $3 AND state = 'waiting')`, keeps.ID, goes.ID, m.stays.ID)
	work.exec("UPDATE followups SET conversation_id = $1 WHERE conversation_id = $2", keeps.ID, goes.ID)
	work.exec("UPDATE messages SET conversation_id = $1, contact_id = $3 WHERE conversation_id IN ($1, $2)", keeps.ID, goes.ID, m.stays.ID)
	work.exec("UPDATE assistant_memory SET conversation_id = $1 WHERE conversation_id = $2", keeps.ID, goes.ID)
	work.exec("DELETE FROM conversations WHERE id = $1", goes.ID)
	work.exec("UPDATE conversations SET contact_id = $2 WHERE id = $1", keeps.ID, m.stays.ID)
	updateConversation(work, unite(keeps, goes))
	work.exec("UPDATE conversation_aliases SET conversation_id = $1 WHERE conversation_id = $2", keeps.ID, goes.ID)
	work.exec("INSERT INTO conversation_aliases (id, tenant_id, number, conversation_id) VALUES ($1, $2, $3, $4)",
		goes.ID, goes.TenantID, goes.Number, keeps.ID)
}
