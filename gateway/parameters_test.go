package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A filter that is misspelled would list everything: our own routes refuse it by name. The platforms' specifications do not say so of
// theirs, and webhooks tolerate whatever a provider appends.
func TestParametersThatNobodyKnowsAreRefusedByName(t *testing.T) {
	h := newHouse(t)
	for path, known := range map[string]string{
		"/api/messages?contact=7":            "use contactId, cursor, limit, status",
		"/api/messages?status=sent&Status=x": "use contactId",
		"/api/conversations?phone=1":         "use channelId, contactId, cursor, limit",
		"/api/settings?verbose=1":            "não tem nenhum",
	} {
		found := h.Refused(400, known, "GET", path, h.Ours.Admin, nil)
		require.Contains(t, found.Body["error"], "parâmetro desconhecido")
		require.Contains(t, path, found.Body["field"].(string))
	}
	h.Refused(401, "", "GET", "/api/messages?contact=7", "", nil)
	h.Done(200, "GET", "/api/followups/pending?tenant=7&x=1", h.Ours.Viewer, nil)
	h.Done(200, "GET", "/api/followup-models?x=1", h.Ours.Viewer, nil)
}

func TestMessagesOfOneContactAreListed(t *testing.T) {
	h := newHouse(t)
	ana, bia := h.CustomerWrote(h.Ours, "5511977770001"), h.CustomerWrote(h.Ours, "5511977770002")
	for _, phone := range []string{"+5511977770001", "+5511977770001", "+5511977770002"} {
		h.Done(202, "POST", "/api/actions/send-message", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "to": phone, "message": "Segue"})
	}
	out := func(contact string) int {
		count := 0
		for _, row := range h.Done(200, "GET", "/api/messages?contactId="+contact, h.Ours.Viewer, nil).List() {
			require.Equal(t, contact, row.(object)["contactId"])
			if row.(object)["direction"] == "out" {
				count++
			}
		}
		return count
	}
	require.Equal(t, 2, out(ana.ContactID))
	require.Equal(t, 1, out(bia.ContactID))
	h.Refused(404, "", "GET", "/api/messages?contactId="+ana.ContactID, h.Theirs.Viewer, nil)
}
