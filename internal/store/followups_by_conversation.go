package store

import (
	"context"
	"strings"

	"retoma/flows"
	"retoma/internal/chat"
)

// PendingByConversations lists the pending follow-ups of some conversations, each in order of due time. What names a
// conversation is its id or its small number, of before a merge too: the answer stands under the name that was asked.
// Names that mean none are absent.
func (s *Store) PendingByConversations(ctx context.Context, tenantID string, refs []chat.Ref) (map[chat.Ref][]flows.FollowUpView, error) {
	found := make(map[chat.Ref][]flows.FollowUpView, len(refs))
	if len(refs) == 0 {
		return found, nil
	}
	merged, err := s.mergedConversations(ctx, tenantID, refs)
	if err != nil {
		return found, err
	}
	where := newFilter("v.tenant_id", tenantID)
	where.conditions = append(where.conditions, "NOT f.hidden")
	for _, left := range merged {
		refs = append(refs, left)
	}
	where.named("v", refs)
	err = s.list(ctx, func(row scanner) error {
		view, number, err := scanNumbered(row)
		byID, byNumber := chat.Ref{ID: view.ConversationID}, chat.Ref{Number: number}
		found[byID] = append(found[byID], view)
		found[byNumber] = append(found[byNumber], view)
		return err
	}, "SELECT "+followUpFields+"''"+followUpNames+`, v.number FROM conversations v
		JOIN followups f ON f.conversation_id = v.id AND f.state = 'PENDING'`+followUpJoins+`
		WHERE `+where.text()+" ORDER BY f.listed_at, f.id", where.args...)
	for asked, left := range merged {
		if rows, pending := found[left]; pending {
			found[asked] = rows
		}
	}
	return found, err
}

// mergedConversations gives, for those of the references whose conversation went into another, the one that is left.
func (s *Store) mergedConversations(ctx context.Context, tenantID string, refs []chat.Ref) (map[chat.Ref]chat.Ref, error) {
	where := newFilter("a.tenant_id", tenantID)
	where.named("a", refs)
	merged := map[chat.Ref]chat.Ref{}
	err := s.list(ctx, func(row scanner) error {
		var gone, left chat.Ref
		err := row.Scan(&gone.ID, &gone.Number, &left.ID)
		merged[chat.Ref{ID: gone.ID}], merged[chat.Ref{Number: gone.Number}] = left, left
		return err
	}, "SELECT a.id, a.number, a.conversation_id FROM conversation_aliases a WHERE "+where.text(), where.args...)
	return merged, err
}

// named demands the rows of a table that references name, by id or by small number; there must be one at least.
func (f *filter) named(table string, refs []chat.Ref) {
	asked := map[string][]string{}
	for _, ref := range refs {
		if ref.ID != "" {
			asked["id"] = append(asked["id"], f.argument(ref.ID))
		} else {
			asked["number"] = append(asked["number"], f.argument(ref.Number))
		}
	}
	var wanted []string
	for column, places := range asked {
		wanted = append(wanted, table+"."+column+" IN ("+strings.Join(places, ", ")+")")
	}
	f.conditions = append(f.conditions, "("+strings.Join(wanted, " OR ")+")")
}

func scanNumbered(row scanner) (view flows.FollowUpView, number int64, err error) {
	view, err = scanFollowUpView(appended{row: row, more: []any{&number}})
	return view, number, err
}
