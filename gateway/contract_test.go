package gateway_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/web"
)

func TestEveryRouteIsInTheContract(t *testing.T) {
	h := newHouse(t)
	found := h.Call("GET", "/openapi.json", "", nil)
	require.Equal(t, 200, found.Status)
	require.Equal(t, "application/openapi+json", found.Header.Get("Content-Type"))
	var document struct {
		OpenAPI    string                                `json:"openapi"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal([]byte(found.Raw), &document))
	require.Equal(t, "3.1.0", document.OpenAPI)
	count := 0
	for _, route := range h.G.Routes() {
		if route.Hidden {
			continue
		}
		entry := document.Paths[route.Path][strings.ToLower(route.Method)]
		require.NotEmpty(t, entry, "%s %s", route.Method, route.Path)
		var operation struct {
			Summary   string                     `json:"summary"`
			Security  []map[string][]string      `json:"security"`
			Responses map[string]json.RawMessage `json:"responses"`
		}
		require.NoError(t, json.Unmarshal(entry, &operation))
		require.NotEmpty(t, operation.Summary)
		require.Contains(t, operation.Responses, "default", "%s %s says nothing of failures", route.Method, route.Path)
		require.GreaterOrEqual(t, len(operation.Responses), 2, "%s %s says nothing of success", route.Method, route.Path)
		require.Equal(t, route.Access.Kind == web.AccessKey, len(operation.Security) > 0, "%s %s", route.Method, route.Path)
		count++
	}
	described := 0
	for _, methods := range document.Paths {
		described += len(methods)
	}
	require.Equal(t, count, described, "the contract tells of routes that do not exist")
	require.NotContains(t, document.Components.Schemas, "ErrorModel")
	for name := range document.Components.Schemas {
		require.NotRegexp(t, `^[a-z]|[^A-Za-z0-9]`, name)
	}
	for _, reference := range regexp.MustCompile(`#/components/schemas/([A-Za-z0-9]+)`).FindAllStringSubmatch(found.Raw, -1) {
		require.Contains(t, document.Components.Schemas, reference[1])
	}
}

func TestTheReadablePagesLoadNothingFromElsewhere(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/", "/docs"} {
		page := h.Call("GET", path, "", nil)
		require.Equal(t, 200, page.Status)
		require.Contains(t, page.Header.Get("Content-Type"), "text/html")
		require.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "nosniff", page.Header.Get("X-Content-Type-Options"))
		require.NotContains(t, page.Raw, "<script")
		require.NotRegexp(t, `(src|href)="(https?:)?//`, page.Raw)
		require.Contains(t, page.Raw, `lang="pt-BR"`)
	}
	docs := h.Call("GET", "/docs", "", nil).Raw
	for _, route := range h.G.Routes() {
		if !route.Hidden {
			require.Contains(t, docs, "<code>"+route.Path+"</code>")
		}
	}
	require.NotContains(t, h.Call("GET", "/", "", nil).Raw, "/sandbox", "there is no simulator here")
}
