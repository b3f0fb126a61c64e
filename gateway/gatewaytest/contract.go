package gatewaytest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
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
func (h *House) holdAgainstContract(method, path string, found Answer) {
	h.T.Helper()
	document := h.G.OpenAPI()
	op := operationFor(document, method, path)
	if op == nil || found.Whole == nil {
		return
	}
	described := op.Responses[strconv.Itoa(found.Status)]
	if described == nil {
		require.GreaterOrEqual(h.T, found.Status, 400, "%s %s: success %d is not in the contract", method, path, found.Status)
		described = op.Responses["default"]
	}
	content := described.Content["application/json"]
	if content == nil {
		return
	}
	result := &huma.ValidateResult{}
	huma.Validate(document.Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, found.Whole, result)
	require.Empty(h.T, result.Errors, "%s %s %d: %s", method, path, found.Status, found.Raw)
}

// holdRequestAgainstContract demands that what was accepted is what the document says is accepted.
func (h *House) holdRequestAgainstContract(method, path, raw string) {
	h.T.Helper()
	document := h.G.OpenAPI()
	op := operationFor(document, method, path)
	if op == nil || raw == "" {
		return
	}
	require.NotNil(h.T, op.RequestBody, "%s %s takes a body of which the contract says nothing", method, path)
	var body any
	require.NoError(h.T, json.Unmarshal([]byte(raw), &body))
	result := &huma.ValidateResult{}
	schema := op.RequestBody.Content["application/json"].Schema
	huma.Validate(document.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, body, result)
	require.Empty(h.T, result.Errors, "%s %s: %s", method, path, raw)
}
