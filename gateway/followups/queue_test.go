package followups_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

func TestPendingFollowUpsOfManyConversations(t *testing.T) {
	const path = "/api/followups/pending-by-conversations"
	h, _, _, conversation, followUp := queued(t)
	pending := []any{object{"id": followUp, "ruleName": "Orçamento", "scheduledFor": "2026-07-10T14:00:00Z"}}
	unknown := chat.NewID()
	found := h.Done(200, "POST", path, h.Ours.Viewer, object{"conversationIds": []any{conversation, unknown, "1", 1, 99, "uuid-2", conversation}})
	require.Equal(t, object{conversation: pending, unknown: []any{}, "1": pending, "99": []any{}, "uuid-2": []any{}}, found.Body["data"])
	require.Equal(t, object{}, h.Done(200, "POST", path, h.Ours.Viewer, object{"conversationIds": []any{}}).Body["data"])

	many := make([]any, 1001)
	for i := range many {
		many[i] = i + 1
	}
	require.Len(t, h.Done(200, "POST", path, h.Ours.Viewer, object{"conversationIds": many[:1000]}).Data(), 1000)
	h.Refused(400, "Erro de validação: conversationIds: no máximo 1000 itens", "POST", path, h.Ours.Viewer, object{"conversationIds": many})
	h.Refused(400, "Erro de validação: conversationIds: Required", "POST", path, h.Ours.Viewer, object{})
	h.Refused(400, "Erro de validação: conversationIds: Required", "POST", path, h.Ours.Viewer, object{"conversationIds": nil})
	h.Refused(400, "Erro de validação: conversationIds", "POST", path, h.Ours.Viewer, object{"conversationIds": "x"})
	for _, bad := range []any{nil, true, object{}, []any{}} {
		h.Refused(400, "Erro de validação: conversationIds[1]", "POST", path, h.Ours.Viewer, object{"conversationIds": []any{conversation, bad}})
	}
}

// settled plans follow-ups an hour apart and brings each to the end that is asked for.
func settled(t *testing.T, states ...flows.FollowUpState) (h *house, ref desk.Ref, ids []string) {
	h = newHouse(t)
	model := h.Model(h.Ours).Text("id")
	ref = h.CustomerWrote(h.Ours, "5511999999999")
	conversation := h.Done(200, "GET", "/api/conversations", h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
	for i, state := range states {
		id := h.FollowUp(h.Ours, model, ref, conversation)
		ids = append(ids, id)
		at := gatewaytest.Start.Add(time.Duration(i) * time.Hour)
		h.SettleFollowUp(ref, id, func(f *flows.FollowUp) {
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
	for _, row := range found.List() {
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
			require.Equal(t, expected, idsIn(h.Done(200, "GET", "/api/followups/history?"+query, h.Ours.Viewer, nil)))
		})
	}
}

// A local date is the tenant's: at 23:30 in São Paulo it is already tomorrow in UTC.
func TestHistoryDatesAreTheTenants(t *testing.T) {
	h, ref, ids := settled(t, flows.FollowUpSent)
	night := time.Date(2026, 7, 11, 2, 30, 0, 0, time.UTC)
	later := h.FollowUp(h.Ours, h.Model(h.Ours).Text("id"), ref, chat.NewID())
	h.SettleFollowUp(ref, later, func(f *flows.FollowUp) { f.State, f.SentAt = flows.FollowUpSent, night })
	require.Equal(t, []string{later, ids[0]}, idsIn(h.Done(200, "GET", "/api/followups/history?from=2026-07-10&to=2026-07-10", h.Ours.Viewer, nil)))
	require.Empty(t, idsIn(h.Done(200, "GET", "/api/followups/history?from=2026-07-11", h.Ours.Viewer, nil)))
	h.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"timezone": "Asia/Kathmandu"})
	require.Equal(t, []string{later}, idsIn(h.Done(200, "GET", "/api/followups/history?from=2026-07-11", h.Ours.Viewer, nil)))
}

func TestHistoryRefusesWhatItCannotRead(t *testing.T) {
	h := newHouse(t)
	for query, field := range map[string]string{
		"status=DONE": "status", "status=sent": "status", "limit=0": "limit", "limit=201": "limit", "limit=x": "limit", "limit=-1": "limit",
		"from=ontem": "from", "from=2026-13-01": "from", "to=20260101": "to", "from=2026-07-11&to=2026-07-10": "to", "from=0000-01-01": "from",
		"to=2026-07-10T10:00": "to", "cursor=abc": "cursor", "cursor=" + chat.NewID(): "cursor", "ruleId=x": "ruleId", "contactId=1.5": "contactId",
	} {
		h.Refused(400, "Erro de validação: "+field, "GET", "/api/followups/history?"+query, h.Ours.Viewer, nil)
	}
}

func TestHistoryPagesStayInStepWhileMoreEnds(t *testing.T) {
	h, ref, ids := settled(t, flows.FollowUpSent, flows.FollowUpCancelled, flows.FollowUpSent, flows.FollowUpFailed, flows.FollowUpSent)
	var seen []string
	cursor := ""
	for page := range 3 {
		found := h.Done(200, "GET", "/api/followups/history?limit=2&cursor="+url.QueryEscape(cursor), h.Ours.Viewer, nil)
		seen = append(seen, idsIn(found)...)
		cursor, _ = found.Body["nextCursor"].(string)
		require.Equal(t, page == 2, cursor == "", "page %d", page)
		newer := h.FollowUp(h.Ours, h.Model(h.Ours).Text("id"), ref, chat.NewID())
		h.SettleFollowUp(ref, newer, func(f *flows.FollowUp) {
			f.State, f.SentAt = flows.FollowUpSent, gatewaytest.Start.Add(time.Duration(10+page)*time.Hour)
		})
	}
	require.Equal(t, []string{ids[4], ids[3], ids[2], ids[1], ids[0]}, seen)
}

func TestTheQueueHasPagesToo(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours).Text("id")
	var ids []string
	for i := range 3 {
		ref := h.CustomerWrote(h.Ours, fmt.Sprintf("551199999999%d", i))
		ids = append(ids, h.FollowUp(h.Ours, model, ref, chat.NewID()))
		h.Advance(time.Minute)
	}
	first := h.Done(200, "GET", "/api/followups/pending?limit=2", h.Ours.Viewer, nil)
	require.Equal(t, ids[:2], idsIn(first))
	second := h.Done(200, "GET", "/api/followups/pending?limit=2&cursor="+first.Body["nextCursor"].(string), h.Ours.Viewer, nil)
	require.Equal(t, ids[2:], idsIn(second))
	require.Nil(t, second.Body["nextCursor"])
	require.Equal(t, ids, idsIn(h.Done(200, "GET", "/api/followups/history?status=PENDING", h.Ours.Viewer, nil)), "the queue, next due first")
}
