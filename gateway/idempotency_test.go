package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSameRequestIsAnsweredTheSame(t *testing.T) {
	h := newHouse(t)
	body := object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}}
	send := func(key string, body any) answer {
		return h.Call("POST", "/api/actions/send-template", key, body, "Idempotency-Key", "pedido-1")
	}
	first := send(h.Ours.Operator, body)
	require.Equal(t, 202, first.Status)
	before := h.Dump()
	again := send(h.Ours.Operator, body)
	require.Equal(t, first.Raw, again.Raw)
	require.Equal(t, 202, again.Status)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Empty(t, first.Header.Get("Idempotent-Replayed"))
	require.Equal(t, before, h.Dump(), "it was sent twice")

	other := object{"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770002", "variables": []any{"a", "b"}}
	conflict := send(h.Ours.Operator, other)
	require.Equal(t, 409, conflict.Status)
	require.Equal(t, "conflict", conflict.Body["code"])
	require.Equal(t, 409, h.Call("POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770003"}, "Idempotency-Key", "pedido-1").Status, "another path is another request")

	// Another tenant's key of the same name is another key.
	theirs := send(h.Theirs.Operator, object{"senderId": h.Theirs.Channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}})
	require.Equal(t, 202, theirs.Status)
	require.NotEqual(t, first.Raw, theirs.Raw)

	h.Advance(25 * time.Hour)
	require.NotEqual(t, first.Raw, send(h.Ours.Operator, body).Raw, "a day later it is a new request")
}

func TestAFailedRequestMayBeTriedAgain(t *testing.T) {
	h := newHouse(t)
	post := func(body any) answer {
		return h.Call("POST", "/api/contacts", h.Ours.Operator, body, "Idempotency-Key", "k")
	}
	require.Equal(t, 400, post(object{"number": "x"}).Status)
	require.Equal(t, 201, post(object{"number": "+5511977770001"}).Status)
	require.Equal(t, 400, h.Call("POST", "/api/contacts", h.Ours.Operator, object{}, "Idempotency-Key", strings.Repeat("k", 201)).Status)
}

func TestEverythingThatCreatesHonoursTheKey(t *testing.T) {
	h := newHouse(t)
	count := 0
	for _, route := range h.G.Routes() {
		if route.Creates {
			require.Equal(t, "POST", route.Method)
			count++
		}
	}
	require.GreaterOrEqual(t, count, 15)
	found := h.Call("POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511977770001", "followup": 0}, "Idempotency-Key", "a")
	require.Equal(t, 404, found.Status)
	h.Model(h.Ours)
	first := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511977770001", "followup": 1}, "Idempotency-Key", "a")
	again := h.Done(200, "POST", "/updatefollowup", h.Ours.Operator, object{"number": "+5511977770001", "followup": 1}, "Idempotency-Key", "a")
	require.Equal(t, first.Raw, again.Raw)
	require.Len(t, h.Mail(h.Ours, first.Data()["contact"].(object)["id"].(string)), 1)
}
