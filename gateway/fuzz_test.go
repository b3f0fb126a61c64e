package gateway_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
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
	h.model(h.ours)
	h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "5511999999999", "followup": 1})
	f.Fuzz(func(t *testing.T, body string) {
		h.t = t
		found := h.call("POST", "/updatefollowup", h.ours.operator, body)
		switch found.status {
		case 200:
			require.Equal(t, true, found.body["success"])
			require.Contains(t, []string{"enrolled", "removed"}, found.text("status"))
		case 400, 404, 422:
			require.Equal(t, false, found.body["success"])
			require.NotEmpty(t, found.body["error"])
		default:
			t.Fatalf("%q was answered with %d: %s", body, found.status, found.raw)
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
	h.model(h.ours)
	path := "/typebot/webhook/" + h.ours.channel.Token
	f.Fuzz(func(t *testing.T, body string) {
		h.t = t
		found := h.call("POST", path, "", body)
		require.Contains(t, []int{200, 400, 404}, found.status, "%q: %s", body, found.raw)
		if found.status == 200 {
			require.NotRegexp(t, `(?m)^\s*#\s*\{`, found.text("text"), "a command is left for the customer")
		}
	})
}

// FuzzRef reads any text as a reference in a body: whatever is accepted names one record and nothing else.
func FuzzRef(f *testing.F) {
	for _, seed := range []string{`1`, `"1"`, `"01890000-0000-7000-8000-000000000000"`, `-1`, `1.0`, `null`, `{}`, `" 7 "`, `9223372036854775808`, `"x"`, `1e3`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		ref, understood := chat.RefFromJSON(json.RawMessage(raw))
		if !understood {
			require.True(t, ref.IsZero())
			return
		}
		require.NotEqual(t, ref.ID == "", ref.Number == 0)
		again, ok := chat.ParseRef(ref.String())
		require.True(t, ok)
		require.Equal(t, ref, again)
	})
}
