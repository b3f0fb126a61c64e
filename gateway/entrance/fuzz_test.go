package entrance_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzUpdateFollowUp sends any body: it is answered with a proper success or a proper refusal, never with a 5xx.
func FuzzUpdateFollowUp(f *testing.F) {
	for _, seed := range []string{
		`{"number":"5511999999999","followup":1}`, `{"contactId":3397,"followup":8}`, `{"ticketId":"2881","followup":"0"}`, `{"number":5511999999999,"followup":null}`,
		`{"number":"+55 11 9","followup":false,"vars":{"a":[1,{}]}}`, `{"followup":{"a":[]}}`, `[]`, `{`, `null`, `{"number":{},"contactId":1e99,"followup":1e400}`,
		`{"contactId":"01890000-0000-7000-8000-000000000000","followup":"Orçamento"}`, "{\"number\":\"\u0000\",\"followup\":\"\\ud800\"}",
		`{"followup":1,"followup":2,"number":"1","Number":"2"}`,
	} {
		f.Add(seed)
	}
	h := newHouse(f)
	h.Model(h.Ours)
	h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "5511999999999", "followup": 1})
	f.Fuzz(func(t *testing.T, body string) {
		h.T = t
		found := h.Call("POST", "/updatefollowup", h.Ours.Operator, body)
		switch found.Status {
		case 200:
			require.Equal(t, true, found.Body["success"])
			require.Contains(t, []string{"enrolled", "removed"}, found.Text("status"))
		case 400, 404, 422:
			require.Equal(t, false, found.Body["success"])
			require.NotEmpty(t, found.Body["error"])
		default:
			t.Fatalf("%q was answered with %d: %s", body, found.Status, found.Raw)
		}
	})
}

// FuzzTypebotBlock sends any body to the door that a flow's author writes to by hand.
func FuzzTypebotBlock(f *testing.F) {
	for _, seed := range []string{
		`{"number":"5511999999999","followupId":"1"}`, `{"number":"5511999999999","tagIds":[1,"VIP",{}],"status":"\u0000","crmId":7}`, `{"contactId":1,"text":"#{\"followupId\":\"0\"}"}`, `{"number":"1","a":{"b":[{}]}}`,
		`{"number":"5511999999999","messages":[{"type":"text","content":{"richText":[{"text":"#{}"}]}}]}`, `{"":""}`, `[]`, `{"number":"5511999999999","followupId":"","}":1}`,
	} {
		f.Add(seed)
	}
	h := newHouse(f)
	h.Model(h.Ours)
	path := "/typebot/webhook/" + h.Ours.Channel.Token
	f.Fuzz(func(t *testing.T, body string) {
		h.T = t
		found := h.Call("POST", path, "", body)
		require.Contains(t, []int{200, 400, 404}, found.Status, "%q: %s", body, found.Raw)
		if found.Status == 200 {
			require.NotRegexp(t, `(?m)^\s*#\s*\{`, found.Text("text"), "a command is left for the customer")
		}
	})
}
