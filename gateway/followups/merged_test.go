package followups_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// What a platform remembers of before a merge names the person still, in every list of follow-ups.
func TestFollowUpsAreFoundByTheIDsOfBeforeAMerge(t *testing.T) {
	h := newHouse(t)
	model := h.Model(h.Ours).Text("id")
	type person struct {
		ref          desk.Ref
		conversation string
	}
	write := func(phone string) (p person) {
		p.ref = h.CustomerWrote(h.Ours, phone)
		p.conversation = h.Done(200, "GET", "/api/conversations?contactId="+p.ref.ContactID, h.Ours.Viewer, nil).List()[0].(object)["id"].(string)
		return p
	}
	gone, stays := write("5511999999998"), write("5511999999999")
	ended := h.FollowUp(h.Ours, model, gone.ref, gone.conversation)
	h.SettleFollowUp(gone.ref, ended, func(f *flows.FollowUp) { f.State, f.SentAt = flows.FollowUpSent, gatewaytest.Start })
	moved := h.FollowUp(h.Ours, model, gone.ref, gone.conversation)
	own := h.FollowUp(h.Ours, model, stays.ref, stays.conversation)
	h.Done(200, "POST", "/api/contacts/"+stays.ref.ContactID+"/merge", h.Ours.Admin, object{"contactId": gone.ref.ContactID})

	for _, query := range []string{
		"contactId=" + gone.ref.ContactID, "contactId=" + stays.ref.ContactID, "contactId=1", "contactId=2",
		"conversationId=" + gone.conversation, "conversationId=" + stays.conversation, "conversationId=1", "conversationId=2",
	} {
		require.ElementsMatch(t, []string{moved, own}, idsIn(h.Done(200, "GET", "/api/followups/pending?"+query, h.Ours.Viewer, nil)), query)
		require.Equal(t, []string{ended}, idsIn(h.Done(200, "GET", "/api/followups/history?"+query, h.Ours.Viewer, nil)), query)
		require.Empty(t, idsIn(h.Done(200, "GET", "/api/followups/pending?"+query, h.Theirs.Viewer, nil)), query)
	}
	unknown := chat.NewID()
	require.Empty(t, idsIn(h.Done(200, "GET", "/api/followups/pending?contactId="+unknown, h.Ours.Viewer, nil)))
	require.Empty(t, idsIn(h.Done(200, "GET", "/api/followups/pending?conversationId="+unknown, h.Ours.Viewer, nil)))

	const path = "/api/followups/pending-by-conversations"
	asked := object{"conversationIds": []any{gone.conversation, 1, stays.conversation, 2, unknown}}
	found := h.Done(200, "POST", path, h.Ours.Viewer, asked).Data()
	require.Len(t, found, 5)
	for _, name := range []string{gone.conversation, "1", stays.conversation, "2"} {
		require.Len(t, found[name], 2, "under the name that was asked")
		require.Equal(t, found[stays.conversation], found[name])
	}
	require.Empty(t, found[unknown])
	only := h.Done(200, "POST", path, h.Ours.Viewer, object{"conversationIds": []any{gone.conversation}}).Body["data"]
	require.Equal(t, object{gone.conversation: found[stays.conversation]}, only, "asked alone it is found, too")
	for _, rows := range h.Done(200, "POST", path, h.Theirs.Viewer, asked).Data() {
		require.Empty(t, rows)
	}
}
