package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// A page that is exactly full and the last one says so: nobody is sent for an empty page.
func TestAListEndsWithItsLastRow(t *testing.T) {
	h := newHouse(t)
	rule := h.Rule(h.Ours, nil).Text("id")
	model := h.Model(h.Ours).Text("id")
	const people = 4
	for i := range people {
		ref := h.CustomerWrote(h.Ours, fmt.Sprintf("551199999000%d", i))
		conversation, err := h.Store.ConversationOn(t.Context(), h.Ours.ID, ref.ContactID, h.Ours.Channel.ID)
		require.NoError(t, err)
		h.SettleFollowUp(ref, h.FollowUp(h.Ours, rule, ref, conversation.ID), func(f *flows.FollowUp) { f.State, f.CancelledAt = flows.FollowUpCancelled, h.Clock() })
		h.Enrolled(flows.ModelDocument, model, ref, conversation.ID)
		h.Done(202, "POST", "/api/conversations/"+conversation.ID+"/messages", h.Ours.Operator, object{"text": "oi"})
		require.NoError(t, h.Store.Notify(t.Context(), desk.Notification{ID: chat.NewID(), TenantID: h.Ours.ID, Kind: "send.failed", Title: "Falha", Text: "x", At: h.Clock(), DueAt: h.Clock()}))
		if i > 0 {
			h.Rule(h.Ours, object{"name": fmt.Sprint("Regra ", i)})
			h.Model(h.Ours)
		}
	}
	for _, path := range []string{
		"/api/contacts", "/api/conversations", "/api/messages", "/api/notifications", "/api/followups/pending", "/api/followups/history",
		"/api/followups/leads-in-automation", "/api/followups/leads-in-automation?status=CANCELLED", "/api/followups/rules", "/api/followup-models",
		"/api/followup-models/" + model + "/contacts",
	} {
		t.Run(path, func(t *testing.T) {
			if !strings.Contains(path, "?") {
				path += "?"
			}
			for limit := 1; limit <= people+1; limit++ {
				seen, pages, next := 0, 0, ""
				for {
					page := h.Done(200, "GET", fmt.Sprintf("%s&limit=%d&cursor=%s", path, limit, next), h.Ours.Viewer, nil)
					rows := page.List()
					require.NotEmpty(t, rows)
					require.LessOrEqual(t, len(rows), limit)
					seen, pages = seen+len(rows), pages+1
					cursor, more := page.Body["nextCursor"].(string)
					if !more {
						break
					}
					next = cursor
				}
				require.Equal(t, people, seen)
				require.Equal(t, (people+limit-1)/limit, pages)
			}
		})
	}
}
