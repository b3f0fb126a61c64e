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
	"retoma/internal/health"
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
			ill := h.With(sick{h.Store, test.err})
			found := ill.Call("GET", "/api/contacts", h.Ours.Viewer, nil)
			require.Equal(t, test.status, found.Status)
			require.JSONEq(t, test.body, found.Raw)
			require.Equal(t, test.status == 503 || test.status == 429, found.Header.Get("Retry-After") != "")
			// The specification's own error wins on its own route.
			found = ill.Call("GET", "/api/followups/pending", h.Ours.Viewer, nil)
			require.Equal(t, 500, found.Status)
			require.Equal(t, "Erro ao listar pendentes", found.Body["error"])
		})
	}
	require.Contains(t, h.Log.String(), "SELECT secret", "the log sees the cause")
}

func TestAPanicIsAnAnswerToo(t *testing.T) {
	h := newHouse(t)
	ill := h.With(sick{h.Store, nil})
	found := ill.Call("GET", "/api/conversations", h.Ours.Viewer, nil)
	require.Equal(t, 500, found.Status)
	require.JSONEq(t, `{"success":false,"error":"erro interno","code":"internal"}`, found.Raw)
	require.Contains(t, h.Log.String(), "a mistake of ours")
	require.Equal(t, 200, ill.Call("GET", "/healthz", "", nil).Status)
}

func TestAddressesThatDoNotExist(t *testing.T) {
	h := newHouse(t)
	require.JSONEq(t, `{"success":false,"error":"Não encontrado","code":"not_found"}`, h.Refused(404, "", "GET", "/api/nothing/secret", h.Ours.Admin, nil).Raw)
	h.Refused(405, "método", "DELETE", "/updatefollowup", h.Ours.Admin, nil)
}

func TestEveryAnswerCarriesARequestID(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, "abc-123", h.Call("GET", "/healthz", "", nil, "X-Request-Id", "abc-123").Header.Get("X-Request-Id"))
	strange := h.Call("GET", "/healthz", "", nil, "X-Request-Id", "<script>alert(1)</script>").Header.Get("X-Request-Id")
	require.True(t, chat.IsID(strange), strange)
	require.True(t, chat.IsID(h.Call("GET", "/none", "", nil).Header.Get("X-Request-Id")))
}

func TestReadiness(t *testing.T) {
	report := health.Report{State: health.OK, Parts: []health.Part{{Name: "banco", State: health.OK}, {Name: "redis", State: health.OK}}}
	h := newHouse(t, func(o *gateway.Options) {
		o.Ready = func(context.Context) health.Report { return report }
	})
	require.Equal(t, object{"banco": "ok", "redis": "ok"}, h.Done(200, "GET", "/readyz", "", nil).Data()["checks"])
	report.State, report.Parts[1] = health.Degraded, health.Part{Name: "redis", State: health.Degraded, Problem: "lento", Remedy: "espere"}
	degraded := h.Done(200, "GET", "/readyz", "", nil).Data()
	require.Equal(t, "degraded", degraded["status"], "what is only degraded turns no balancer away")
	require.Equal(t, []any{
		object{"name": "banco", "state": "ok"}, object{"name": "redis", "state": "degraded", "problem": "lento", "remedy": "espere"},
	}, degraded["parts"])
	report.State, report.Parts[0] = health.Ill, health.Part{Name: "banco", State: health.Ill, Problem: "não responde", Remedy: "ligue"}
	found := h.Call("GET", "/readyz", "", nil)
	require.Equal(t, 503, found.Status)
	require.NotEmpty(t, found.Header.Get("Retry-After"))
	require.Equal(t, []any{object{"field": "banco", "error": "não responde: ligue"}}, found.Body["problems"], "only what is ill")
	require.Equal(t, 200, h.Call("GET", "/healthz", "", nil).Status)
	require.Equal(t, 200, h.Call("HEAD", "/healthz", "", nil).Status)
	require.Equal(t, 404, h.Call("GET", "/metrics", "", nil).Status, "there are no metrics here")
}

func TestListsGoOnBehindTheirCursor(t *testing.T) {
	h := newHouse(t)
	for _, number := range []string{"+5511977770001", "+5511977770002", "+5511977770003"} {
		h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": number})
	}
	first := h.Done(200, "GET", "/api/contacts?limit=2", h.Ours.Viewer, nil)
	require.Len(t, first.List(), 2)
	second := h.Done(200, "GET", "/api/contacts?limit=2&cursor="+first.Body["nextCursor"].(string), h.Ours.Viewer, nil)
	require.Len(t, second.List(), 1)
	require.NotContains(t, second.Body, "nextCursor")
	h.Refused(400, "limit: deve ser no máximo 200", "GET", "/api/contacts?limit=201", h.Ours.Viewer, nil)
	h.Refused(400, "limit: deve ser no mínimo 1", "GET", "/api/contacts?limit=0", h.Ours.Viewer, nil)
	h.Refused(400, "limit: esperava um número inteiro", "GET", "/api/contacts?limit=x", h.Ours.Viewer, nil)
	for range 2 {
		h.Model(h.Ours)
	}
	models := h.Done(200, "GET", "/api/followup-models?limit=1", h.Ours.Viewer, nil)
	rest := h.Done(200, "GET", "/api/followup-models?limit=1&cursor="+models.Body["nextCursor"].(string), h.Ours.Viewer, nil)
	require.NotEqual(t, models.List(), rest.List())
	require.NotContains(t, rest.Body, "nextCursor")
}
