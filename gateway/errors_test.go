package gateway_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// sick is a store that fails in one way.
type sick struct {
	gateway.Store
	err error
}

func (s sick) FollowUps(context.Context, string, chat.FollowUpFilter) ([]flows.FollowUpView, error) {
	return nil, s.err
}

func (s sick) Contacts(context.Context, string, chat.ContactFilter) ([]chat.Contact, error) {
	return nil, s.err
}

func (s sick) Conversations(context.Context, string, chat.ConversationFilter) ([]chat.Conversation, error) {
	panic("a mistake of ours")
}

func TestWhatPeopleSeeOfFailures(t *testing.T) {
	h := newHouse(t)
	tests := []struct {
		name   string
		err    error
		status int
		body   string
	}{
		{"a mistake of ours", errors.New("SELECT secret FROM table"), 500, `{"success":false,"error":"erro interno","code":"internal"}`},
		{"a database that is away", fault.New(fault.Unavailable, "o banco de dados não responde"), 503, `{"success":false,"error":"o banco de dados não responde","code":"unavailable"}`},
		{"a database that is slow", context.DeadlineExceeded, 503, `{"success":false,"error":"o banco de dados não responde; tente de novo em instantes","code":"unavailable"}`},
		{"a limit", &fault.Error{Code: fault.RateLimited, Message: "devagar", After: 1500 * 1e6}, 429, `{"success":false,"error":"devagar","code":"rate_limited"}`},
		{"a conflict", fault.New(fault.Conflict, "já existe"), 409, `{"success":false,"error":"já existe","code":"conflict"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ill := h.with(sick{h.store, test.err})
			found := ill.call("GET", "/api/contacts", h.ours.viewer, nil)
			require.Equal(t, test.status, found.status)
			require.JSONEq(t, test.body, found.raw)
			require.Equal(t, test.status == 503 || test.status == 429, found.header.Get("Retry-After") != "")
			// The specification's own error wins on its own route.
			found = ill.call("GET", "/api/followups/pending", h.ours.viewer, nil)
			require.Equal(t, 500, found.status)
			require.Equal(t, "Erro ao listar pendentes", found.body["error"])
		})
	}
	require.Contains(t, h.log.String(), "SELECT secret", "the log sees the cause")
}

func TestAPanicIsAnAnswerToo(t *testing.T) {
	h := newHouse(t)
	ill := h.with(sick{h.store, nil})
	found := ill.call("GET", "/api/conversations", h.ours.viewer, nil)
	require.Equal(t, 500, found.status)
	require.JSONEq(t, `{"success":false,"error":"erro interno","code":"internal"}`, found.raw)
	require.Contains(t, h.log.String(), "a mistake of ours")
	require.Equal(t, 200, ill.call("GET", "/healthz", "", nil).status)
}

func TestAddressesThatDoNotExist(t *testing.T) {
	h := newHouse(t)
	require.JSONEq(t, `{"success":false,"error":"Não encontrado","code":"not_found"}`, h.refused(404, "", "GET", "/api/nothing/secret", h.ours.admin, nil).raw)
	h.refused(405, "método", "DELETE", "/updatefollowup", h.ours.admin, nil)
}

func TestEveryAnswerCarriesARequestID(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, "abc-123", h.call("GET", "/healthz", "", nil, "X-Request-Id", "abc-123").header.Get("X-Request-Id"))
	strange := h.call("GET", "/healthz", "", nil, "X-Request-Id", "<script>alert(1)</script>").header.Get("X-Request-Id")
	require.True(t, chat.IsID(strange), strange)
	require.True(t, chat.IsID(h.call("GET", "/none", "", nil).header.Get("X-Request-Id")))
}

func TestReadiness(t *testing.T) {
	var ill error
	h := newHouse(t, func(o *gateway.Options) {
		o.Ready = []func(context.Context) (string, error){
			func(context.Context) (string, error) { return "banco", nil },
			func(context.Context) (string, error) { return "redis", ill },
		}
	})
	require.Equal(t, object{"banco": "ok", "redis": "ok"}, h.done(200, "GET", "/readyz", "", nil).data()["checks"])
	ill = errors.New("dial tcp 10.0.0.1: refused")
	found := h.call("GET", "/readyz", "", nil)
	require.Equal(t, 503, found.status)
	require.NotEmpty(t, found.header.Get("Retry-After"))
	require.Equal(t, []any{object{"field": "redis", "error": "não responde"}}, found.body["problems"])
	require.NotContains(t, found.raw, "10.0.0.1")
	require.Equal(t, 200, h.call("GET", "/healthz", "", nil).status)
	require.Equal(t, 200, h.call("HEAD", "/healthz", "", nil).status)
	require.Equal(t, 404, h.call("GET", "/metrics", "", nil).status, "there are no metrics here")
}

func TestListsGoOnBehindTheirCursor(t *testing.T) {
	h := newHouse(t)
	for _, number := range []string{"+5511977770001", "+5511977770002", "+5511977770003"} {
		h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": number})
	}
	first := h.done(200, "GET", "/api/contacts?limit=2", h.ours.viewer, nil)
	require.Len(t, first.list(), 2)
	second := h.done(200, "GET", "/api/contacts?limit=2&cursor="+first.body["nextCursor"].(string), h.ours.viewer, nil)
	require.Len(t, second.list(), 1)
	require.NotContains(t, second.body, "nextCursor")
	h.refused(400, "limit: deve ser no máximo 200", "GET", "/api/contacts?limit=201", h.ours.viewer, nil)
	h.refused(400, "limit: deve ser no mínimo 1", "GET", "/api/contacts?limit=0", h.ours.viewer, nil)
	h.refused(400, "limit: esperava um número inteiro", "GET", "/api/contacts?limit=x", h.ours.viewer, nil)
	for range 2 {
		h.model(h.ours)
	}
	models := h.done(200, "GET", "/api/followup-models?limit=1", h.ours.viewer, nil)
	rest := h.done(200, "GET", "/api/followup-models?limit=1&cursor="+models.body["nextCursor"].(string), h.ours.viewer, nil)
	require.NotEqual(t, models.list(), rest.list())
	require.NotContains(t, rest.body, "nextCursor")
}
