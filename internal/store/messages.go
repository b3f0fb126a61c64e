package store

import (
	"context"
	"strings"

	"retoma/internal/chat"
)

const messageColumns = `m.id, m.tenant_id, m.contact_id, m.conversation_id, m.channel_id, m.direction, m.origin, m.external_id, m.state, m.content,
	m.fallback, m.reply_to, m.transactional, m.run_id, m.node_id, m.followup_id, m.attempts, m.error_code, m.error_detail, m.category,
	m.best_before, m.claim_number, m.created_at, m.at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.replaces, m.initiated_at, m.revoked_at, m.removal`

// messageFields are the targets of messageColumns, with the steps that finish the reading.
func messageFields(m *chat.Message) (targets []any, finish func() error) {
	var content, fallback string
	var bestBefore, createdAt, at, sentAt, deliveredAt, readAt, failedAt, initiatedAt, revokedAt int64
	targets = []any{&m.ID, &m.TenantID, &m.ContactID, &m.ConversationID, &m.ChannelID, &m.Direction, &m.Origin, &m.ExternalID, &m.State, &content,
		&fallback, &m.ReplyTo, &m.Transactional, &m.RunID, &m.NodeID, &m.FollowUpID, &m.Attempts, &m.ErrorCode, &m.ErrorDetail, &m.Category,
		&bestBefore, &m.ClaimNumber, &createdAt, &at, &sentAt, &deliveredAt, &readAt, &failedAt, &m.Replaces, &initiatedAt, &revokedAt, &m.Removal}
	return targets, func() error {
		m.BestBefore, m.CreatedAt, m.At, m.SentAt = instant(bestBefore), instant(createdAt), instant(at), instant(sentAt)
		m.DeliveredAt, m.ReadAt, m.FailedAt, m.InitiatedAt = instant(deliveredAt), instant(readAt), instant(failedAt), instant(initiatedAt)
		m.RevokedAt = instant(revokedAt)
		if err := decode(content, &m.Content); err != nil {
			return err
		}
		*m = m.Hidden()
		return decode(fallback, &m.FallbackTemplate)
	}
}

func scanMessage(row scanner, more ...any) (chat.Message, error) {
	var m chat.Message
	targets, finish := messageFields(&m)
	if err := row.Scan(append(targets, more...)...); err != nil {
		return m, err
	}
	err := finish()
	return m, err
}

// newMessageTable takes rows for messages.
func newMessageTable() *table {
	return newTable("id text", "tenant_id text", "contact_id text", "conversation_id text", "channel_id text", "direction text", "origin text",
		"external_id text", "state text", "content text", "fallback text", "reply_to text", "transactional boolean", "run_id text", "node_id text",
		"followup_id text", "attempts bigint", "error_code text", "error_detail text", "category text", "best_before bigint", "claim_number bigint",
		"created_at bigint", "at bigint", "sent_at bigint", "delivered_at bigint", "read_at bigint", "failed_at bigint", "log text",
		"replaces text", "initiated_at bigint")
}

// insertMessages writes new messages; one whose deletion was told before itself is deleted from the start.
func insertMessages(work *batch, rows *table) {
	names := strings.Join(rows.names, ", ")
	work.with(rows, "INSERT INTO messages ("+names+", revoked_at) SELECT v."+strings.Join(rows.names, ", v.")+`,
		COALESCE((SELECT r.at FROM revocations r WHERE r.channel_id = v.channel_id AND r.external_id = v.external_id AND r.direction = v.direction), 0) FROM {v}`)
}

func addMessage(rows *table, m chat.Message) error {
	content, err := encoded(m.Content)
	if err != nil {
		return err
	}
	fallback, err := fallbackText(m)
	if err != nil {
		return err
	}
	lines, err := logLines(m.Log)
	if err != nil {
		return err
	}
	rows.add(m.ID, m.TenantID, m.ContactID, m.ConversationID, m.ChannelID, string(m.Direction), string(m.Origin), text(m.ExternalID), string(m.State),
		text(content), text(fallback), text(m.ReplyTo), m.Transactional, m.RunID, m.NodeID, m.FollowUpID, m.Attempts, m.ErrorCode,
		text(m.ErrorDetail), m.Category, millis(m.BestBefore), m.ClaimNumber, millis(m.CreatedAt), millis(m.At), millis(m.SentAt),
		millis(m.DeliveredAt), millis(m.ReadAt), millis(m.FailedAt), text(lines), m.Replaces, millis(m.InitiatedAt))
	return nil
}

func fallbackText(m chat.Message) (string, error) {
	if m.FallbackTemplate == nil {
		return "", nil
	}
	return encoded(m.FallbackTemplate)
}

// updateMessages writes what work may change. The delivery state is compared: a status that came in meanwhile wins.
// Log entries are appended; m.Log holds only the new ones. before are the states that the new one may follow, with commas.
const updateMessages = `UPDATE messages SET state = CASE WHEN v.before LIKE '%,' || messages.state || ',%' THEN v.state ELSE messages.state END,
	content = v.content, external_id = CASE WHEN messages.external_id = '' THEN v.external_id ELSE messages.external_id END, attempts = v.attempts,
	error_code = v.error_code, error_detail = v.error_detail, claim_number = v.claim_number,
	at = CASE WHEN messages.at = 0 THEN v.at ELSE messages.at END, failed_at = CASE WHEN messages.failed_at = 0 THEN v.failed_at ELSE messages.failed_at END,
	log = messages.log || v.log, initiated_at = v.initiated_at FROM {v} WHERE messages.id = v.id`

func changedMessageTable() *table {
	return newTable("id text", "before text", "state text", "content text", "external_id text", "attempts bigint", "error_code text", "error_detail text",
		"claim_number bigint", "at bigint", "failed_at bigint", "log text", "initiated_at bigint")
}

func addChangedMessage(rows *table, m chat.Message, before func(chat.MessageState) string) error {
	content, err := encoded(m.Content)
	if err != nil {
		return err
	}
	lines, err := logLines(m.Log)
	if err != nil {
		return err
	}
	rows.add(m.ID, before(m.State), string(m.State), text(content), text(m.ExternalID), m.Attempts, m.ErrorCode, text(m.ErrorDetail), m.ClaimNumber,
		millis(m.At), millis(m.FailedAt), text(lines), millis(m.InitiatedAt))
	return nil
}

// before are the states that a new one may follow, itself included, with commas.
func before(next chat.MessageState) string {
	list := ","
	for _, state := range append(chat.StatesBefore(next), next) {
		list += string(state) + ","
	}
	return list
}

// Message finds a message with its decision log.
func (s *Store) Message(ctx context.Context, tenantID, id string) (chat.Message, error) {
	var message chat.Message
	found, err := s.one(ctx, func(row scanner) (err error) {
		var lines string
		if message, err = scanMessage(row, &lines); err != nil {
			return err
		}
		message.Log, err = readLog(lines)
		return err
	}, "SELECT "+messageColumns+", m.log FROM messages m WHERE m.tenant_id = $1 AND m.id = $2", tenantID, id)
	if err == nil {
		err = s.showFiles(ctx, tenantID, []chat.Message{message})
	}
	return message, orNotFound(found, err, "Mensagem não encontrada")
}

// Messages lists messages, newest first, without their logs.
func (s *Store) Messages(ctx context.Context, tenantID string, filter chat.MessageFilter) ([]chat.Message, error) {
	where := newFilter("m.tenant_id", tenantID)
	if filter.ConversationID != "" {
		where.equal("m.conversation_id", filter.ConversationID)
	}
	if filter.ContactID != "" {
		where.add("m.conversation_id IN (SELECT v.id FROM conversations v WHERE v.contact_id = %s)", filter.ContactID)
	}
	if filter.State != "" {
		where.equal("m.state", string(filter.State))
	}
	where.page("m.id", filter.Page)
	var messages []chat.Message
	limit := where.limit(filter.Page)
	err := s.list(ctx, func(row scanner) error {
		message, err := scanMessage(row)
		messages = append(messages, message)
		return err
	}, "SELECT "+messageColumns+" FROM messages m WHERE "+where.text()+" ORDER BY m.id DESC"+limit, where.args...)
	if err == nil {
		err = s.showFiles(ctx, tenantID, messages)
	}
	return messages, err
}
