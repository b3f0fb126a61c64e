package meta

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

func recorded(t *testing.T, file string) apiAnswer {
	t.Helper()
	var given apiAnswer
	require.NoError(t, json.Unmarshal(readFile(t, file), &given))
	return given
}

func TestTemplatesAreListedPageByPage(t *testing.T) {
	first := recorded(t, "testdata/resp_templates_page.json")
	var queries []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "GET /v25.0/102290129340398/message_templates", r.Method+" "+r.URL.Path)
		assert.Equal(t, "Bearer "+testToken, r.Header.Get("Authorization"))
		queries = append(queries, r.URL.Query().Get("after"))
		if r.URL.Query().Get("after") == "" {
			first.ServeHTTP(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"data":[null,5,{"name":"sem_idioma"},{"name":"ultimo","language":"en-US","status":"approved","id":4,
			"components":[{"type":"header","format":"text","text":"Oi {{1}}"},null,{"type":"CAROUSEL"}]}],"paging":{"cursors":{"after":"x"}}}`)
	}))
	defer server.Close()

	templates, err := New(Options{}).Templates(t.Context(), channelAt(server.URL))
	require.NoError(t, err)
	require.Equal(t, []string{"", "MjQZD"}, queries)
	require.Contains(t, string(templates[0].Components), `"header_handle"`, "the parts are kept in Meta's own words")
	require.Equal(t, "GREEN", templates[0].Quality)
	for i := range templates {
		templates[i].Components, templates[i].Quality, templates[i].Reason = nil, "", ""
	}
	require.Equal(t, []chat.Template{
		{
			ExternalID: "1689556908129832", Name: "retomada", Language: "pt_BR", Category: "MARKETING", Status: "APPROVED", Named: true,
			HeaderType: "IMAGE", BodyText: "Oi {{nome}}, seguimos com {{assunto}}?", FooterText: "Responda SAIR para parar",
			Buttons: []chat.TemplateButton{{Type: "QUICK_REPLY", Text: "Sim"}, {Type: "URL", Text: "Ver", URL: "https://ex.com/{{1}}"}},
		},
		{ExternalID: "2", Name: "aviso", Language: "pt_BR", Category: "UTILITY", Status: "PAUSED", BodyText: "Pedido {{1}} sai em {{2}}."},
		{ExternalID: "3", Name: "rejeitado", Language: "pt_BR", Category: "MARKETING", Status: "REJECTED"},
		{ExternalID: "4", Name: "ultimo", Language: "en_US", Status: "APPROVED", HeaderType: "TEXT", HeaderText: "Oi {{1}}"},
	}, templates)
}

func TestAListWithoutEndIsRefused(t *testing.T) {
	page := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page++
		_, _ = fmt.Fprintf(w, `{"data":[],"paging":{"next":"https://elsewhere","cursors":{"after":"%d"}}}`, page)
	}))
	defer server.Close()
	_, err := New(Options{}).Templates(t.Context(), channelAt(server.URL))
	require.Equal(t, fault.ProviderRejected, fault.CodeOf(err))
	require.Equal(t, maxPages, page)
}

func TestWhyTemplatesCannotBeListed(t *testing.T) {
	for name, c := range map[string]struct {
		answer apiAnswer
		code   fault.Code
	}{
		"token expired":     {recorded(t, "testdata/answers/err_190_expired.json"), fault.Auth},
		"rate limited":      {recorded(t, "testdata/answers/err_613_http429.json"), fault.RateLimited},
		"bad gateway":       {recorded(t, "testdata/answers/err_non_json_html.json"), fault.ProviderDown},
		"unreadable":        {apiAnswer{Status: 200, BodyText: "<html>"}, fault.ProviderDown},
		"a list":            {apiAnswer{Status: 200, BodyText: "[]"}, fault.ProviderDown},
		"too large":         {apiAnswer{Status: 200, BodyText: "{}" + strings.Repeat(" ", maxAnswer)}, fault.ProviderDown},
		"an error with 200": {apiAnswer{Status: 200, BodyText: `{"error":{"code":10}}`}, fault.Auth},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			_, err := New(Options{}).Templates(t.Context(), channelAt(server.URL))
			require.Equal(t, c.code, fault.CodeOf(err))
		})
	}
	_, err := New(Options{}).Templates(t.Context(), chat.Channel{})
	require.Equal(t, "config.wabaId", fault.Of(err).Field)
}
