package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// What a platform remembers of before a merge names the person still, in every list of follow-ups.
func TestFollowUpsAreFoundByTheIDsOfBeforeAMerge(t *testing.T) {
	h := newHouse(t)
	model := h.model(h.ours).text("id")
	type person struct {
		ref          desk.Ref
		conversation string
	}
	write := func(phone string) (p person) {
		p.ref = h.customerWrote(h.ours, phone)
		p.conversation = h.done(200, "GET", "/api/conversations?contactId="+p.ref.ContactID, h.ours.viewer, nil).list()[0].(object)["id"].(string)
		return p
	}
	gone, stays := write("5511999999998"), write("5511999999999")
	ended := h.followUp(h.ours, model, gone.ref, gone.conversation)
	h.settleFollowUp(gone.ref, ended, func(f *flows.FollowUp) { f.State, f.SentAt = flows.FollowUpSent, start })
	moved := h.followUp(h.ours, model, gone.ref, gone.conversation)
	own := h.followUp(h.ours, model, stays.ref, stays.conversation)
	h.done(200, "POST", "/api/contacts/"+stays.ref.ContactID+"/merge", h.ours.admin, object{"contactId": gone.ref.ContactID})

	for _, query := range []string{
		"contactId=" + gone.ref.ContactID, "contactId=" + stays.ref.ContactID, "contactId=1", "contactId=2",
		"conversationId=" + gone.conversation, "conversationId=" + stays.conversation, "conversationId=1", "conversationId=2",
	} {
		require.ElementsMatch(t, []string{moved, own}, idsIn(h.done(200, "GET", "/api/followups/pending?"+query, h.ours.viewer, nil)), query)
		require.Equal(t, []string{ended}, idsIn(h.done(200, "GET", "/api/followups/history?"+query, h.ours.viewer, nil)), query)
		require.Empty(t, idsIn(h.done(200, "GET", "/api/followups/pending?"+query, h.theirs.viewer, nil)), query)
	}
	unknown := chat.NewID()
	require.Empty(t, idsIn(h.done(200, "GET", "/api/followups/pending?contactId="+unknown, h.ours.viewer, nil)))
	require.Empty(t, idsIn(h.done(200, "GET", "/api/followups/pending?conversationId="+unknown, h.ours.viewer, nil)))

	const path = "/api/followups/pending-by-conversations"
	asked := object{"conversationIds": []any{gone.conversation, 1, stays.conversation, 2, unknown}}
	found := h.done(200, "POST", path, h.ours.viewer, asked).data()
	require.Len(t, found, 5)
	for _, name := range []string{gone.conversation, "1", stays.conversation, "2"} {
		require.Len(t, found[name], 2, "under the name that was asked")
		require.Equal(t, found[stays.conversation], found[name])
	}
	require.Empty(t, found[unknown])
	only := h.done(200, "POST", path, h.ours.viewer, object{"conversationIds": []any{gone.conversation}}).body["data"]
	require.Equal(t, object{gone.conversation: found[stays.conversation]}, only, "asked alone it is found, too")
	for _, rows := range h.done(200, "POST", path, h.theirs.viewer, asked).data() {
		require.Empty(t, rows)
	}
}
