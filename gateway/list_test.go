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
	rule := h.rule(h.ours, nil).text("id")
	model := h.model(h.ours).text("id")
	const people = 4
	for i := range people {
		ref := h.customerWrote(h.ours, fmt.Sprintf("551199999000%d", i))
		conversation, err := h.store.ConversationOn(t.Context(), h.ours.id, ref.ContactID, h.ours.channel.ID)
		require.NoError(t, err)
		h.settleFollowUp(ref, h.followUp(h.ours, rule, ref, conversation.ID), func(f *flows.FollowUp) { f.State, f.CancelledAt = flows.FollowUpCancelled, h.clock() })
		h.enrolled(flows.ModelDocument, model, ref, conversation.ID)
		h.done(202, "POST", "/api/conversations/"+conversation.ID+"/messages", h.ours.operator, object{"text": "oi"})
		require.NoError(t, h.store.Notify(t.Context(), desk.Notification{ID: chat.NewID(), TenantID: h.ours.id, Kind: "send.failed", Title: "Falha", Text: "x", At: h.clock(), DueAt: h.clock()}))
		if i > 0 {
			h.rule(h.ours, object{"name": fmt.Sprint("Regra ", i)})
			h.model(h.ours)
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
					page := h.done(200, "GET", fmt.Sprintf("%s&limit=%d&cursor=%s", path, limit, next), h.ours.viewer, nil)
					rows := page.list()
					require.NotEmpty(t, rows)
					require.LessOrEqual(t, len(rows), limit)
					seen, pages = seen+len(rows), pages+1
					cursor, more := page.body["nextCursor"].(string)
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
