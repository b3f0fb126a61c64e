package gateway_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestPendingFollowUpsOfManyConversations(t *testing.T) {
	const path = "/api/followups/pending-by-conversations"
	h, _, _, conversation, followUp := queued(t)
	pending := []any{object{"id": followUp, "ruleName": "Orçamento", "scheduledFor": "2026-07-10T14:00:00Z"}}
	unknown := chat.NewID()
	found := h.done(200, "POST", path, h.ours.viewer, object{"conversationIds": []any{conversation, unknown, "1", 1, 99, "uuid-2", conversation}})
	require.Equal(t, object{conversation: pending, unknown: []any{}, "1": pending, "99": []any{}, "uuid-2": []any{}}, found.body["data"])
	require.Equal(t, object{}, h.done(200, "POST", path, h.ours.viewer, object{"conversationIds": []any{}}).body["data"])

	many := make([]any, 1001)
	for i := range many {
		many[i] = i + 1
	}
	require.Len(t, h.done(200, "POST", path, h.ours.viewer, object{"conversationIds": many[:1000]}).data(), 1000)
	h.refused(400, "Erro de validação: conversationIds: no máximo 1000 itens", "POST", path, h.ours.viewer, object{"conversationIds": many})
	h.refused(400, "Erro de validação: conversationIds: Required", "POST", path, h.ours.viewer, object{})
	h.refused(400, "Erro de validação: conversationIds: Required", "POST", path, h.ours.viewer, object{"conversationIds": nil})
	h.refused(400, "Erro de validação: conversationIds", "POST", path, h.ours.viewer, object{"conversationIds": "x"})
	for _, bad := range []any{nil, true, object{}, []any{}} {
		h.refused(400, "Erro de validação: conversationIds[1]", "POST", path, h.ours.viewer, object{"conversationIds": []any{conversation, bad}})
	}
}

// settled plans follow-ups an hour apart and brings each to the end that is asked for.
func settled(t *testing.T, states ...flows.FollowUpState) (h *house, ref desk.Ref, ids []string) {
	h = newHouse(t)
	model := h.model(h.ours).text("id")
	ref = h.customerWrote(h.ours, "5511999999999")
	conversation := h.done(200, "GET", "/api/conversations", h.ours.viewer, nil).list()[0].(object)["id"].(string)
	for i, state := range states {
		id := h.followUp(h.ours, model, ref, conversation)
		ids = append(ids, id)
		at := start.Add(time.Duration(i) * time.Hour)
		h.settleFollowUp(ref, id, func(f *flows.FollowUp) {
			switch f.State = state; state {
			case flows.FollowUpSent:
				f.SentAt = at
			case flows.FollowUpFailed:
				f.FailedAt, f.ErrorCode = at, "media"
			default:
				f.CancelledAt, f.CancelReason = at, "x"
			}
		})
	}
	return h, ref, ids
}

func idsIn(found answer) []string {
	ids := []string{}
	for _, row := range found.list() {
		ids = append(ids, row.(object)["id"].(string))
	}
	return ids
}

func TestHistoryIsFiltered(t *testing.T) {
	h, _, ids := settled(t, flows.FollowUpSent, flows.FollowUpFailed, flows.FollowUpCancelled, flows.Responded, flows.FollowUpSent)
	tests := map[string][]int{
		"":                             {4, 3, 2, 1, 0},
		"status=SENT":                  {4, 0},
		"status=FAILED":                {1},
		"status=CANCELLED":             {2},
		"status=RESPONDED":             {3},
		"status=PENDING":               {},
		"limit=2":                      {4, 3},
		"contactId=1":                  {4, 3, 2, 1, 0},
		"contactId=99":                 {},
		"conversationId=1&status=SENT": {4, 0},
		"from=2026-07-10T15:00:00Z":    {4, 3, 2},
		"to=2026-07-10T15:00:00Z":      {2, 1, 0},
		"from=2026-07-10T11:00:00-03:00&to=2026-07-10T12:00:00-03:00&status=FAILED": {1},
		"from=2026-07-10":               {4, 3, 2, 1, 0},
		"from=2026-07-10&to=2026-07-10": {4, 3, 2, 1, 0},
		"from=2026-07-11":               {},
		"to=2026-07-09":                 {},
	}
	for query, want := range tests {
		t.Run(query, func(t *testing.T) {
			expected := []string{}
			for _, i := range want {
				expected = append(expected, ids[i])
			}
			require.Equal(t, expected, idsIn(h.done(200, "GET", "/api/followups/history?"+query, h.ours.viewer, nil)))
		})
	}
}

// A local date is the tenant's: at 23:30 in São Paulo it is already tomorrow in UTC.
func TestHistoryDatesAreTheTenants(t *testing.T) {
	h, ref, ids := settled(t, flows.FollowUpSent)
	night := time.Date(2026, 7, 11, 2, 30, 0, 0, time.UTC)
	later := h.followUp(h.ours, h.model(h.ours).text("id"), ref, chat.NewID())
	h.settleFollowUp(ref, later, func(f *flows.FollowUp) { f.State, f.SentAt = flows.FollowUpSent, night })
	require.Equal(t, []string{later, ids[0]}, idsIn(h.done(200, "GET", "/api/followups/history?from=2026-07-10&to=2026-07-10", h.ours.viewer, nil)))
	require.Empty(t, idsIn(h.done(200, "GET", "/api/followups/history?from=2026-07-11", h.ours.viewer, nil)))
	h.done(200, "PUT", "/api/settings", h.ours.admin, object{"timezone": "Asia/Kathmandu"})
	require.Equal(t, []string{later}, idsIn(h.done(200, "GET", "/api/followups/history?from=2026-07-11", h.ours.viewer, nil)))
}

func TestHistoryRefusesWhatItCannotRead(t *testing.T) {
	h := newHouse(t)
	for query, field := range map[string]string{
		"status=DONE": "status", "status=sent": "status", "limit=0": "limit", "limit=201": "limit", "limit=x": "limit", "limit=-1": "limit",
		"from=ontem": "from", "from=2026-13-01": "from", "to=20260101": "to", "from=2026-07-11&to=2026-07-10": "to", "from=0000-01-01": "from",
		"to=2026-07-10T10:00": "to", "cursor=abc": "cursor", "cursor=" + chat.NewID(): "cursor", "ruleId=x": "ruleId", "contactId=1.5": "contactId",
	} {
		h.refused(400, "Erro de validação: "+field, "GET", "/api/followups/history?"+query, h.ours.viewer, nil)
	}
}

func TestHistoryPagesStayInStepWhileMoreEnds(t *testing.T) {
	h, ref, ids := settled(t, flows.FollowUpSent, flows.FollowUpCancelled, flows.FollowUpSent, flows.FollowUpFailed, flows.FollowUpSent)
	var seen []string
	cursor := ""
	for page := range 3 {
		found := h.done(200, "GET", "/api/followups/history?limit=2&cursor="+url.QueryEscape(cursor), h.ours.viewer, nil)
		seen = append(seen, idsIn(found)...)
		cursor, _ = found.body["nextCursor"].(string)
		require.Equal(t, page == 2, cursor == "", "page %d", page)
		newer := h.followUp(h.ours, h.model(h.ours).text("id"), ref, chat.NewID())
		h.settleFollowUp(ref, newer, func(f *flows.FollowUp) {
			f.State, f.SentAt = flows.FollowUpSent, start.Add(time.Duration(10+page)*time.Hour)
		})
	}
	require.Equal(t, []string{ids[4], ids[3], ids[2], ids[1], ids[0]}, seen)
}

func TestTheQueueHasPagesToo(t *testing.T) {
	h := newHouse(t)
	model := h.model(h.ours).text("id")
	var ids []string
	for i := range 3 {
		ref := h.customerWrote(h.ours, fmt.Sprintf("551199999999%d", i))
		ids = append(ids, h.followUp(h.ours, model, ref, chat.NewID()))
		h.advance(time.Minute)
	}
	first := h.done(200, "GET", "/api/followups/pending?limit=2", h.ours.viewer, nil)
	require.Equal(t, ids[:2], idsIn(first))
	second := h.done(200, "GET", "/api/followups/pending?limit=2&cursor="+first.body["nextCursor"].(string), h.ours.viewer, nil)
	require.Equal(t, ids[2:], idsIn(second))
	require.Nil(t, second.body["nextCursor"])
	require.Equal(t, ids, idsIn(h.done(200, "GET", "/api/followups/history?status=PENDING", h.ours.viewer, nil)), "the queue, next due first")
}
