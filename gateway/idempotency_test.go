package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSameRequestIsAnsweredTheSame(t *testing.T) {
	h := newHouse(t)
	body := object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}}
	send := func(key string, body any) answer {
		return h.call("POST", "/api/actions/send-template", key, body, "Idempotency-Key", "pedido-1")
	}
	first := send(h.ours.operator, body)
	require.Equal(t, 202, first.status)
	before := h.dump()
	again := send(h.ours.operator, body)
	require.Equal(t, first.raw, again.raw)
	require.Equal(t, 202, again.status)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Empty(t, first.header.Get("Idempotent-Replayed"))
	require.Equal(t, before, h.dump(), "it was sent twice")

	other := object{"senderId": h.ours.channel.ID, "templateName": "lembrete", "to": "+5511977770002", "variables": []any{"a", "b"}}
	conflict := send(h.ours.operator, other)
	require.Equal(t, 409, conflict.status)
	require.Equal(t, "conflict", conflict.body["code"])
	require.Equal(t, 409, h.call("POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770003"}, "Idempotency-Key", "pedido-1").status, "another path is another request")

	// Another tenant's key of the same name is another key.
	theirs := send(h.theirs.operator, object{"senderId": h.theirs.channel.ID, "templateName": "lembrete", "to": "+5511977770001", "variables": []any{"a", "b"}})
	require.Equal(t, 202, theirs.status)
	require.NotEqual(t, first.raw, theirs.raw)

	h.advance(25 * time.Hour)
	require.NotEqual(t, first.raw, send(h.ours.operator, body).raw, "a day later it is a new request")
}

func TestAFailedRequestMayBeTriedAgain(t *testing.T) {
	h := newHouse(t)
	post := func(body any) answer {
		return h.call("POST", "/api/contacts", h.ours.operator, body, "Idempotency-Key", "k")
	}
	require.Equal(t, 400, post(object{"number": "x"}).status)
	require.Equal(t, 201, post(object{"number": "+5511977770001"}).status)
	require.Equal(t, 400, h.call("POST", "/api/contacts", h.ours.operator, object{}, "Idempotency-Key", strings.Repeat("k", 201)).status)
}

func TestEverythingThatCreatesHonoursTheKey(t *testing.T) {
	h := newHouse(t)
	count := 0
	for _, route := range h.g.Routes() {
		if route.Creates {
			require.Equal(t, "POST", route.Method)
			count++
		}
	}
	require.GreaterOrEqual(t, count, 15)
	found := h.call("POST", "/updatefollowup", h.ours.operator, object{"number": "+5511977770001", "followup": 0}, "Idempotency-Key", "a")
	require.Equal(t, 404, found.status)
	h.model(h.ours)
	first := h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "+5511977770001", "followup": 1}, "Idempotency-Key", "a")
	again := h.done(200, "POST", "/updatefollowup", h.ours.operator, object{"number": "+5511977770001", "followup": 1}, "Idempotency-Key", "a")
	require.Equal(t, first.raw, again.raw)
	require.Len(t, h.mail(h.ours, first.data()["contact"].(object)["id"].(string)), 1)
}
