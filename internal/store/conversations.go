package store

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const conversationColumns = `id, tenant_id, number, contact_id, channel_id, team_id, customer_at, window_closed_at, outbound_at,
	agent_at, held_until, created_at, customer_number, unanswered, pair_refusals, opened_at`

func scanConversation(row scanner) (chat.Conversation, error) {
	var c chat.Conversation
	var customerAt, closedAt, outboundAt, agentAt, heldUntil, createdAt, openedAt int64
	err := row.Scan(&c.ID, &c.TenantID, &c.Number, &c.ContactID, &c.ChannelID, &c.TeamID, &customerAt, &closedAt, &outboundAt,
		&agentAt, &heldUntil, &createdAt, &c.CustomerNumber, &c.Unanswered, &c.PairRefusals, &openedAt)
	c.CustomerAt, c.WindowClosedAt, c.OutboundAt = instant(customerAt), instant(closedAt), instant(outboundAt)
	c.AgentAt, c.HeldUntil, c.CreatedAt = instant(agentAt), instant(heldUntil), instant(createdAt)
	c.OpenedAt = instant(openedAt)
	return c, err
}

func updateConversation(work *batch, c chat.Conversation) {
	rows := changedConversationTable()
	addChangedConversation(rows, c)
	work.with(rows, updateConversations)
}

const updateConversations = `UPDATE conversations SET team_id = v.team_id, customer_at = v.customer_at, window_closed_at = v.window_closed_at,
	outbound_at = v.outbound_at, agent_at = v.agent_at, held_until = v.held_until, customer_number = v.customer_number, unanswered = v.unanswered,
	pair_refusals = v.pair_refusals, opened_at = v.opened_at FROM {v} WHERE conversations.id = v.id`

func changedConversationTable() *table {
	return newTable("id text", "team_id text", "customer_at bigint", "window_closed_at bigint", "outbound_at bigint", "agent_at bigint",
		"held_until bigint", "customer_number bigint", "unanswered text", "pair_refusals bigint", "opened_at bigint")
}

func addChangedConversation(rows *table, c chat.Conversation) {
	rows.add(c.ID, text(c.TeamID), millis(c.CustomerAt), millis(c.WindowClosedAt), millis(c.OutboundAt),
		millis(c.AgentAt), millis(c.HeldUntil), c.CustomerNumber, c.Unanswered, c.PairRefusals, millis(c.OpenedAt))
}

// Conversation finds a conversation by id, or by its small number. One that went into another when their contacts were
// merged is found as the one that is left.
func (s *Store) Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error) {
	conversation, err := s.conversationRow(ctx, tenantID, ref)
	if !fault.Is(err, fault.NotFound) {
		return conversation, err
	}
	var left string
	where, key := refWhere(ref)
	found, readErr := s.one(ctx, func(row scanner) error { return row.Scan(&left) },
		"SELECT conversation_id FROM conversation_aliases WHERE tenant_id = $1 AND "+where, tenantID, key)
	if readErr != nil {
		return conversation, readErr
	}
	if !found {
		return conversation, err
	}
	return s.conversationRow(ctx, tenantID, chat.Ref{ID: left})
}

func (s *Store) conversationRow(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error) {
	var conversation chat.Conversation
	where, key := refWhere(ref)
	found, err := s.one(ctx, func(row scanner) (err error) {
		conversation, err = scanConversation(row)
		return err
	}, "SELECT "+conversationColumns+" FROM conversations WHERE tenant_id = $1 AND "+where, tenantID, key)
	return conversation, orNotFound(found, err, "Conversa não encontrada")
}

// ConversationOn finds a contact's conversation on a channel.
func (s *Store) ConversationOn(ctx context.Context, tenantID, contactID, channelID string) (chat.Conversation, error) {
	var conversation chat.Conversation
	found, err := s.one(ctx, func(row scanner) (err error) {
		conversation, err = scanConversation(row)
		return err
	}, "SELECT "+conversationColumns+" FROM conversations WHERE tenant_id = $1 AND contact_id = $2 AND channel_id = $3",
		tenantID, contactID, channelID)
	return conversation, orNotFound(found, err, "Conversa não encontrada")
}

// Conversations lists conversations, newest first, without those that have no channel: a platform carries their messages.
func (s *Store) Conversations(ctx context.Context, tenantID string, filter chat.ConversationFilter) ([]chat.Conversation, error) {
	where := newFilter("tenant_id", tenantID)
	where.conditions = append(where.conditions, "channel_id <> ''")
	if filter.ContactID != "" {
		where.equal("contact_id", filter.ContactID)
	}
	if filter.ChannelID != "" {
		where.equal("channel_id", filter.ChannelID)
	}
	where.page("id", filter.Page)
	var conversations []chat.Conversation
	limit := where.limit(filter.Page)
	err := s.list(ctx, func(row scanner) error {
		conversation, err := scanConversation(row)
		conversations = append(conversations, conversation)
		return err
	}, "SELECT "+conversationColumns+" FROM conversations WHERE "+where.text()+" ORDER BY id DESC"+limit, where.args...)
	return conversations, err
}

// ChangeConversation changes a conversation under its contact's lock and raises the mailbox's revision.
func (s *Store) ChangeConversation(ctx context.Context, tenantID, conversationID string, change func(*chat.Conversation) error) (chat.Conversation, error) {
	found, err := s.Conversation(ctx, tenantID, chat.Ref{ID: conversationID})
	if err != nil {
		return found, err
	}
	var changed chat.Conversation
	err = s.write(ctx, "change conversation", func(tx transaction) error {
		changed = chat.Conversation{}
		contact, err := lockContact(ctx, tx, tenantID, found.ContactID)
		if err != nil {
			return err
		}
		var read, work batch
		read.query(func(row scanner) (err error) {
			changed, err = scanConversation(row)
			return err
		}, "SELECT "+conversationColumns+` FROM conversations WHERE contact_id = $2
			AND id = COALESCE((SELECT conversation_id FROM conversation_aliases WHERE id = $1), $1)`, found.ID, contact.ID)
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		if changed.ID == "" {
			return fault.New(fault.Unavailable, "a conversa está mudando de contato; tente de novo")
		}
		if err := change(&changed); err != nil {
			return err
		}
		updateConversation(&work, changed)
		raiseRevision(&work, changed.ContactID)
		return tx.run(ctx, &work)
	})
	return changed, err
}
