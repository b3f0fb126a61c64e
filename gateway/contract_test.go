package gateway_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"retoma/gateway/web"
)

// operationFor finds the entry of the contract that a request falls under.
func operationFor(document *huma.OpenAPI, method, path string) *huma.Operation {
	var best *huma.Operation
	for template, item := range document.Paths {
		if !isPathOf(template, strings.TrimSuffix(path, "/")) {
			continue
		}
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[method]
		if op != nil && (best == nil || strings.Count(template, "{") < strings.Count(best.Path, "{")) {
			best = op
		}
	}
	return best
}

// isPathOf tells whether a path is a template's, with anything in the place of its {names}.
func isPathOf(template, path string) bool {
	wanted, given := strings.Split(strings.TrimSuffix(template, "/"), "/"), strings.Split(path, "/")
	return slices.EqualFunc(wanted, given, func(part, text string) bool {
		return part == text || strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") && text != ""
	})
}

// holdAgainstContract demands that every JSON answer of every test is what the document promises.
func (h *house) holdAgainstContract(method, path string, found answer) {
	h.t.Helper()
	document := h.g.OpenAPI()
	op := operationFor(document, method, path)
	if op == nil || found.whole == nil {
		return
	}
	described := op.Responses[strconv.Itoa(found.status)]
	if described == nil {
		require.GreaterOrEqual(h.t, found.status, 400, "%s %s: success %d is not in the contract", method, path, found.status)
		described = op.Responses["default"]
	}
	content := described.Content["application/json"]
	if content == nil {
		return
	}
	result := &huma.ValidateResult{}
	huma.Validate(document.Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, found.whole, result)
	require.Empty(h.t, result.Errors, "%s %s %d: %s", method, path, found.status, found.raw)
}

// holdRequestAgainstContract demands that what was accepted is what the document says is accepted.
func (h *house) holdRequestAgainstContract(method, path, raw string) {
	h.t.Helper()
	document := h.g.OpenAPI()
	op := operationFor(document, method, path)
	if op == nil || raw == "" {
		return
	}
	require.NotNil(h.t, op.RequestBody, "%s %s takes a body of which the contract says nothing", method, path)
	var body any
	require.NoError(h.t, json.Unmarshal([]byte(raw), &body))
	result := &huma.ValidateResult{}
	schema := op.RequestBody.Content["application/json"].Schema
	huma.Validate(document.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, body, result)
	require.Empty(h.t, result.Errors, "%s %s: %s", method, path, raw)
}

func TestEveryRouteIsInTheContract(t *testing.T) {
	h := newHouse(t)
	found := h.call("GET", "/openapi.json", "", nil)
	require.Equal(t, 200, found.status)
	require.Equal(t, "application/openapi+json", found.header.Get("Content-Type"))
	var document struct {
		OpenAPI    string                                `json:"openapi"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal([]byte(found.raw), &document))
	require.Equal(t, "3.1.0", document.OpenAPI)
	count := 0
	for _, route := range h.g.Routes() {
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
	for _, reference := range regexp.MustCompile(`#/components/schemas/([A-Za-z0-9]+)`).FindAllStringSubmatch(found.raw, -1) {
		require.Contains(t, document.Components.Schemas, reference[1])
	}
}

func TestTheReadablePagesLoadNothingFromElsewhere(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/", "/docs"} {
		page := h.call("GET", path, "", nil)
		require.Equal(t, 200, page.status)
		require.Contains(t, page.header.Get("Content-Type"), "text/html")
		require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "nosniff", page.header.Get("X-Content-Type-Options"))
		require.NotContains(t, page.raw, "<script")
		require.NotRegexp(t, `(src|href)="(https?:)?//`, page.raw)
		require.Contains(t, page.raw, `lang="pt-BR"`)
	}
	docs := h.call("GET", "/docs", "", nil).raw
	for _, route := range h.g.Routes() {
		if !route.Hidden {
			require.Contains(t, docs, "<code>"+route.Path+"</code>")
		}
	}
	require.NotContains(t, h.call("GET", "/", "", nil).raw, "/sandbox", "there is no simulator here")
}
