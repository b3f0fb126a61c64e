package gatewaytest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/stretchr/testify/require"
)

// Answer is what a call came to.
type Answer struct {
	Status int
	Header http.Header
	Raw    string
	// Whole is the JSON value, body the same if it is an object.
	Whole any
	Body  map[string]any
}

// Data is the data of an answer that is an object.
func (a Answer) Data() map[string]any {
	data, _ := a.Body["data"].(map[string]any)
	return data
}

// List is the data of an answer that is a list.
func (a Answer) List() []any {
	list, _ := a.Body["data"].([]any)
	return list
}

// Text is a text of the data by its name.
func (a Answer) Text(name string) string {
	text, _ := a.Data()[name].(string)
	return text
}

// Call makes a JSON request; the answer is held against the contract.
func (h *House) Call(method, path, key string, body any, headers ...string) Answer {
	h.T.Helper()
	raw, isText := body.(string)
	if body != nil && !isText {
		encoded, err := json.Marshal(body)
		require.NoError(h.T, err)
		raw = string(encoded)
	}
	request := httptest.NewRequest(method, path, strings.NewReader(raw))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	found := h.Do(request)
	if found.Status < 300 && request.Header.Get("Content-Type") == "application/json" {
		h.holdRequestAgainstContract(method, request.URL.Path, raw)
	}
	return found
}

// Do makes a request; the answer is held against the contract.
func (h *House) Do(request *http.Request) Answer {
	h.T.Helper()
	response, err := h.G.App().Test(request, -1)
	require.NoError(h.T, err)
	raw, err := io.ReadAll(response.Body)
	require.NoError(h.T, err)
	require.NoError(h.T, response.Body.Close())
	found := Answer{Status: response.StatusCode, Header: response.Header, Raw: string(raw)}
	if len(raw) > 0 && strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		require.NoError(h.T, json.Unmarshal(raw, &found.Whole), "%s %s: %s", request.Method, request.URL, raw)
		found.Body, _ = found.Whole.(map[string]any)
	}
	require.NotEmpty(h.T, found.Header.Get("X-Request-Id"))
	h.holdAgainstContract(request.Method, request.URL.Path, found)
	return found
}

// Refused makes a call and demands this failure.
func (h *House) Refused(status int, text string, method, path, key string, body any, headers ...string) Answer {
	h.T.Helper()
	found := h.Call(method, path, key, body, headers...)
	require.Equal(h.T, status, found.Status, found.Raw)
	require.Equal(h.T, false, found.Body["success"], found.Raw)
	require.Contains(h.T, found.Body["error"], text)
	require.NotEmpty(h.T, found.Body["code"])
	return found
}

// Done makes a call and demands a success with this status.
func (h *House) Done(status int, method, path, key string, body any, headers ...string) Answer {
	h.T.Helper()
	found := h.Call(method, path, key, body, headers...)
	require.Equal(h.T, status, found.Status, found.Raw)
	return found
}
