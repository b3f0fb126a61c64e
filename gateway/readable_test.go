package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/web"
	"retoma/internal/store/storetest"
)

// eachDatabase runs a test on every database of this run: PostgreSQL refuses bytes that SQLite takes.
func eachDatabase(t *testing.T, test func(h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) { test(newHouseAt(t, storetest.Address(t, engine), start)) })
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
				found := h.refused(400, "Erro de validação: "+field+": use texto em UTF-8, sem o caractere nulo", "GET", path, h.ours.admin, nil)
				require.Equal(h.t, field, found.body["field"], path)
				require.NotContains(h.t, found.raw, "Ana", "values are never repeated")
			}
		}
		for _, search := range []string{"%C3%A1", "%zz", "100%25", "%01", "%20", "a%2500"} {
			h.done(200, "GET", "/api/contacts?search="+search, h.ours.viewer, nil)
		}
		for _, id := range []string{"%C3%A1", "%2500"} {
			h.refused(404, "Contato não encontrado", "GET", "/api/contacts/"+id, h.ours.viewer, nil)
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
			for path, token := range map[string]string{"/api/contacts": h.ours.operator, "/typebot/webhook/" + h.ours.channel.Token: ""} {
				found := h.call("POST", path, token, body, "Idempotency-Key", key)
				require.Equal(h.t, 400, found.status, "%q: %s", key, found.raw)
				require.Equal(h.t, "Idempotency-Key", found.body["field"])
				require.Contains(h.t, found.body["error"], "Erro de validação: Idempotency-Key: "+what)
			}
		}
		require.Equal(h.t, 201, h.call("POST", "/api/contacts", h.ours.operator, body, "Idempotency-Key", strings.Repeat("á", 200)).status)
		require.Equal(h.t, 200, h.call("POST", "/api/contacts", h.ours.operator, body, "Idempotency-Key", " pedido nº 1 – a ").status)
	})
}

func TestAnIDOfAnotherPlatformIsReadable(t *testing.T) {
	eachDatabase(t, func(h *house) {
		h.customerWrote(h.ours, "5511999999999")
		for _, id := range []string{"a\x00b", "\x00", "a\nb"} {
			h.refused(400, "Erro de validação: externalId: caracteres inválidos", "PATCH", "/api/contacts/1", h.ours.operator, object{"externalId": id})
			h.refused(400, "Erro de validação: externalId: caracteres inválidos", "POST", "/api/contacts", h.ours.operator, object{"number": "+5511999999999", "externalId": id})
		}
		h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"externalId": "crm-1 á"})
	})
}

// Whatever route it is: one place decides.
func TestNoRouteReadsWhatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	walked := 0
	for _, route := range h.g.Routes() {
		if route.Hidden {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(route.Path)
		token := ""
		if route.Access.Kind == web.AccessKey {
			token = h.ours.admin
		}
		require.Equal(t, http.StatusBadRequest, h.call(route.Method, path+"?cursor=%00", token, nil).status, route.Path)
		require.Equal(t, http.StatusBadRequest, h.call(route.Method, path, token, nil, "Idempotency-Key", "\xff").status, route.Path)
		walked++
	}
	require.Greater(t, walked, 100)
}
