package store

import (
	"context"
	"strings"

	"retoma/internal/chat"
)

// Silent lists conversations in which we have the last word and nobody answered, in order of id, behind a cursor: those
// whose last message of ours that is no follow-up is from before a time. Contacts who refused messages, and conversations
// in which the flow is under way, are left out. next goes on; it is empty at the end. One call looks at up to limit
// conversations, so that a page may hold fewer, or none.
func (s *Store) Silent(ctx context.Context, tenantID string, wanted chat.SilentFilter) (found []chat.Silence, next string, err error) {
	where := newFilter("v.tenant_id", tenantID)
	where.add("v.id > %s", wanted.Cursor)
	where.conditions = append(where.conditions, "v.outbound_at > v.customer_at", "c.opt_out = ''")
	if wanted.ChannelID != "" {
		where.equal("v.channel_id", wanted.ChannelID)
	}
	where.add("NOT EXISTS (SELECT 1 FROM runs r WHERE r.contact_id = v.contact_id AND r.state = 'waiting' AND r.conversation_id = v.id AND r.flow_id = %s)", wanted.FlowID)
	limit := where.limit(wanted.Page)
	seen := 0
	err = s.list(ctx, func(row scanner) error {
		silence, err := scanSilence(row)
		seen++
		next = silence.Conversation.ID
		if silence.Since.After(silence.Conversation.CustomerAt) && !silence.Since.After(wanted.Before) {
			found = append(found, silence)
		}
		return err
	}, "SELECT "+prefixed("v", conversationColumns)+", "+prefixed("c", contactColumns)+`,
		COALESCE((SELECT MAX(m.at) FROM messages m WHERE m.conversation_id = v.id AND m.direction = 'out' AND m.followup_id = ''
			AND m.origin IN (`+sqlList(spokenOrigins())+`) AND m.state NOT IN ('queued', 'parked', 'sending', 'unconfirmed', 'failed', 'cancelled')), 0)
		FROM conversations v JOIN contacts c ON c.id = v.contact_id
		WHERE `+where.text()+" ORDER BY v.id"+limit, where.args...)
	if seen < wanted.Limit {
		next = ""
	}
	return found, next, err
}

// spokenOrigins are the messages that start the clock of a rule (domain.md section 4, NO_RESPONSE).
func spokenOrigins() []chat.Origin {
	return []chat.Origin{chat.FromPerson, chat.FromAPI, chat.FromReply, chat.FromFlow}
}

func scanSilence(row scanner) (chat.Silence, error) {
	var silence chat.Silence
	var since int64
	var err error
	silence.Conversation, err = scanConversation(scanning(func(conversation ...any) error {
		silence.Contact, err = scanContact(scanning(func(contact ...any) error {
			return row.Scan(append(append(conversation, contact...), &since)...)
		}))
		return err
	}))
	silence.Since = instant(since)
	return silence, err
}

// scanning lets one row be read by the readers of two things.
type scanning func(into ...any) error

func (s scanning) Scan(into ...any) error { return s(into...) }

// prefixed puts a table's short name before its columns.
func prefixed(table, columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = table + "." + strings.TrimSpace(name)
	}
	return strings.Join(names, ", ")
}
