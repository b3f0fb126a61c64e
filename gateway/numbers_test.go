package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
)

// A number of valid JSON may be larger than any number there is; the field is named all the same.
func TestANumberThatIsTooLargeIsToldWithItsField(t *testing.T) {
	h := newHouse(t)
	id := h.Assistant(h.Ours, nil).Text("id")
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/api/assistants", `{"name": 1e400}`, "name"},
		{"PATCH", "/api/assistants/" + id, `{"dailyTokens": 1e400}`, "dailyTokens"},
		{"POST", "/api/events", `{"event": "deal.created", "number": "5511999990001", "data": {"items": [{"value": 1e400}]}}`, "data.items[0].value"},
		{"PUT", "/api/settings", `{"automatic": {"gapMinutes": -1e400}}`, "automatic.gapMinutes"},
		{"POST", "/api/followup-models", `{"name": "x", "messages": [{"offset": 1e400}]}`, "messages[0].offset"},
		{"POST", gatewaytest.ConfigsPath, `{"is_active": 1e400}`, "is_active"},
		{"POST", "/updatefollowup", `{"number": 1e400, "followup": 1}`, "number"},
		{"POST", gatewaytest.ReplyPath, `{"variables": {"a": 1e400}}`, "variables.a"},
	} {
		found := h.Refused(400, "Erro de validação: "+c.field+": ", c.method, c.path, h.Ours.Admin, c.body)
		require.Equal(t, c.field, found.Body["field"], found.Raw)
	}
}
