package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/gateway/web"
	"retoma/internal/store/storetest"
)

// eachDatabase runs a test on every database of this run: PostgreSQL refuses bytes that SQLite takes.
func eachDatabase(t *testing.T, test func(h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) { test(newHouseAt(t, storetest.Address(t, engine), gatewaytest.Start)) })
	}
}

func TestWhatNoDatabaseCanReadIsNamed(t *testing.T) {
	eachDatabase(t, func(h *house) {
		for field, paths := range map[string][]string{
			"search":         {"/api/contacts?search=%00", "/api/contacts?search=%ff", "/api/contacts?limit=5&search=Ana%00", "/api/contacts?search=a%C3"},
			"cursor":         {"/api/contacts?cursor=%00", "/api/contacts?cursor=%ff", "/api/notifications?cursor=%00", "/api/followups/history?cursor=%ff", "/api/flows?cursor=%00"},
			"status":         {"/api/messages?status=%00", "/api/messages?status=%ff", "/api/followups/history?status=%00"},
			"conversationId": {"/api/followups/pending?conversationId=%00"},
			"estranho":       {"/api/contacts?estranho=%ff"},
			"query":          {"/api/contacts?a%00=1", "/api/contacts?%ff", "/api/contacts?" + strings.Repeat("a", 41) + "=%00"},
			"id":             {"/api/contacts/%00", "/api/contacts/%ff", "/api/contacts/1%00", "/api/followups/rules/%C3", "/api/channels/%00/templates"},
			"assistantId":    {"/backend/followup/configs/assistant/%00"},
			"tenantId":       {"/backend/followup/configs/tenant/%ff"},
			"channelToken":   {"/webhooks/meta/%00", "/webhooks/meta/token%ff"},
			"provider":       {"/webhooks/%00/token"},
			"hub.challenge":  {"/webhooks/meta/token?hub.challenge=%00"},
		} {
			for _, path := range paths {
				found := h.Refused(400, "Erro de validação: "+field+": use texto em UTF-8, sem o caractere nulo", "GET", path, h.Ours.Admin, nil)
				require.Equal(h.T, field, found.Body["field"], path)
				require.NotContains(h.T, found.Raw, "Ana", "values are never repeated")
			}
		}
		for _, search := range []string{"%C3%A1", "%zz", "100%25", "%01", "%20", "a%2500"} {
			h.Done(200, "GET", "/api/contacts?search="+search, h.Ours.Viewer, nil)
		}
		for _, id := range []string{"%C3%A1", "%2500"} {
			h.Refused(404, "Contato não encontrado", "GET", "/api/contacts/"+id, h.Ours.Viewer, nil)
		}
	})
}

func TestAKeyThatNobodyCanReadIsRefused(t *testing.T) {
	eachDatabase(t, func(h *house) {
		body := object{"number": "+5511977770001"}
		for key, what := range map[string]string{
			"a\xff": "use só caracteres visíveis", "\xc3": "use só caracteres visíveis", "a\u200bb": "use só caracteres visíveis",
			strings.Repeat("k", 201): "no máximo 200 caracteres", strings.Repeat("á", 201): "no máximo 200 caracteres",
		} {
			for path, token := range map[string]string{"/api/contacts": h.Ours.Operator, "/typebot/webhook/" + h.Ours.Channel.Token: ""} {
				found := h.Call("POST", path, token, body, "Idempotency-Key", key)
				require.Equal(h.T, 400, found.Status, "%q: %s", key, found.Raw)
				require.Equal(h.T, "Idempotency-Key", found.Body["field"])
				require.Contains(h.T, found.Body["error"], "Erro de validação: Idempotency-Key: "+what)
			}
		}
		require.Equal(h.T, 201, h.Call("POST", "/api/contacts", h.Ours.Operator, body, "Idempotency-Key", strings.Repeat("á", 200)).Status)
		require.Equal(h.T, 200, h.Call("POST", "/api/contacts", h.Ours.Operator, body, "Idempotency-Key", " pedido nº 1 – a ").Status)
	})
}

func TestAnIDOfAnotherPlatformIsReadable(t *testing.T) {
	eachDatabase(t, func(h *house) {
		h.CustomerWrote(h.Ours, "5511999999999")
		for _, id := range []string{"a\x00b", "\x00", "a\nb"} {
			h.Refused(400, "Erro de validação: externalId: caracteres inválidos", "PATCH", "/api/contacts/1", h.Ours.Operator, object{"externalId": id})
			h.Refused(400, "Erro de validação: externalId: caracteres inválidos", "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511999999999", "externalId": id})
		}
		h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"externalId": "crm-1 á"})
	})
}

// Whatever route it is: one place decides.
func TestNoRouteReadsWhatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	walked := 0
	for _, route := range h.G.Routes() {
		if route.Hidden {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(route.Path)
		token := ""
		if route.Access.Kind == web.AccessKey {
			token = h.Ours.Admin
		}
		require.Equal(t, http.StatusBadRequest, h.Call(route.Method, path+"?cursor=%00", token, nil).Status, route.Path)
		require.Equal(t, http.StatusBadRequest, h.Call(route.Method, path, token, nil, "Idempotency-Key", "\xff").Status, route.Path)
		walked++
	}
	require.Greater(t, walked, 100)
}
