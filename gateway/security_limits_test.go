package gateway_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/gateway/web"
)

// bombs are bodies that are small to send and dear to whoever reads them carelessly.
func bombs() map[string]string {
	const deep = 11_000
	return map[string]string{
		"lists in lists":             strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"lists without an end":       strings.Repeat("[", deep),
		"objects in objects":         strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep),
		"a member that is deep":      `{"name":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "}",
		"definitions in definitions": `{"definition":` + strings.Repeat(`{"nodes":[`, deep) + strings.Repeat("]}", deep) + "}",
		"a number beyond all":        `{"number":1` + strings.Repeat("0", 5_000) + `,"followup":1e999999999}`,
		"a number without an end":    `{"followup":0.` + strings.Repeat("1", 5_000) + "}",
		"a long name":                `{"name":"` + strings.Repeat("a", 20_000) + `"}`,
		"thousands of members":       `{` + strings.TrimSuffix(strings.Repeat(`"a":1,`, 4_000), ",") + "}",
		"a list of nothing":          "[" + strings.TrimSuffix(strings.Repeat("{},", 10_100), ",") + "]",
	}
}

// takesBody tells whether the contract says that a route takes JSON.
func takesBody(document *huma.OpenAPI, route web.Route) bool {
	if route.Hidden {
		return false
	}
	item := document.Paths[route.Path]
	for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch} {
		if op != nil && op.Method == route.Method {
			return op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil
		}
	}
	return false
}

// Every route that takes a body refuses what is too deep, too long or too many, as a mistake of whoever sent it; nothing is
// changed and nothing dies. Signed webhooks are the exception: Meta is thanked for them, and what cannot be used is kept aside.
func TestNoBodyIsABomb(t *testing.T) {
	h := newHouse(t)
	own := h.furnish(h.Ours)
	before, walked := h.Dump(), 0
	for name, bomb := range bombs() {
		for _, route := range h.G.Routes() {
			if !takesBody(h.G.OpenAPI(), route) {
				continue
			}
			walked++
			path, key := own.pathOf(route, h.Ours.Channel), h.Ours.Admin
			if route.Access.Installer {
				path, key = strings.ReplaceAll(route.Path, "{id}", own.tenant), h.installer()
			}
			if route.Access.Kind == web.AccessWebhook {
				path = strings.NewReplacer("{provider}", "meta", "{channelToken}", h.Ours.Channel.Token).Replace(route.Path)
			}
			request := httptest.NewRequest(route.Method, path, strings.NewReader(bomb))
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", "Bearer "+key)
			request.Header.Set("X-Hub-Signature-256", gatewaytest.Signature(bomb))
			found := h.Do(request)
			if route.Path == "/webhooks/{provider}/{channelToken}" {
				require.Contains(t, []int{200, 400}, found.Status, "%s %s: %s", name, route.Path, found.Raw)
				continue
			}
			require.Contains(t, []int{400, 404, 413, 422}, found.Status, "%s: %s %s: %s", name, route.Method, route.Path, found.Raw)
			require.Less(t, len(found.Raw), 64<<10, "%s: %s %s: what was sent is not sent back", name, route.Method, route.Path)
		}
	}
	require.Greater(t, walked, 400)
	after := h.Dump()
	for _, aside := range []string{"rejected", "api_keys", "channels"} { // webhooks that could not be used, the keys of this test, when a channel was heard
		delete(before, aside)
		delete(after, aside)
	}
	require.Empty(t, difference(rowsWith(before, []string{""}), rowsWith(after, []string{""})))
}

// A compressed body may unfold to gigabytes: nobody unfolds it.
func TestNoCompressedBodyIsUnfolded(t *testing.T) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := io.CopyN(writer, zeros{}, 8<<20)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	h := newHouse(t)
	own := h.furnish(h.Ours)
	for _, route := range h.G.Routes() {
		if !takesBody(h.G.OpenAPI(), route) || route.Access.Installer {
			continue
		}
		path, wanted := own.pathOf(route, h.Ours.Channel), []int{415}
		if route.Access.Kind == web.AccessWebhook { // judged as the bytes that came: Meta's are never compressed
			path, wanted = strings.NewReplacer("{provider}", "meta", "{channelToken}", h.Ours.Channel.Token).Replace(route.Path), []int{400, 401}
		}
		for _, encoding := range []string{"gzip", "br"} {
			request := httptest.NewRequest(route.Method, path, bytes.NewReader(packed.Bytes()))
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Content-Encoding", encoding)
			request.Header.Set("Authorization", "Bearer "+h.Ours.Admin)
			require.Contains(t, wanted, h.Do(request).Status, "%s %s %s", route.Method, route.Path, encoding)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Whoever sends slowly, or sends headers without end, is cut off, before and behind the heading.
func TestASlowSenderIsCutOff(t *testing.T) {
	h := newHouse(t)
	limits := h.G.App().Server()
	require.Positive(t, limits.ReadTimeout)
	require.LessOrEqual(t, limits.ReadTimeout, 30*time.Second)
	require.Positive(t, limits.WriteTimeout)
	require.Positive(t, limits.IdleTimeout)
	limits.ReadTimeout = 200 * time.Millisecond // the same, sooner
	base := strings.TrimPrefix(h.Serve(), "http://")
	for name, sent := range map[string]string{
		"in the heading": "POST /api/events HTTP/1.1\r\nHost: retoma\r\n",
		"in the body":    "POST /api/events HTTP/1.1\r\nHost: retoma\r\nContent-Length: 1000\r\n\r\n{",
	} {
		connection, err := net.Dial("tcp", base)
		require.NoError(t, err)
		_, err = io.WriteString(connection, sent)
		require.NoError(t, err)
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(time.Minute)))
		answer, err := io.ReadAll(connection)
		require.NoError(t, err, "%s: the connection ends", name)
		if len(answer) > 0 {
			require.Regexp(t, `^HTTP/1\.1 4(08|01)`, string(answer), name)
		}
		require.NoError(t, connection.Close())
	}
}

func TestHeadersHaveALimit(t *testing.T) {
	h := newHouse(t)
	base := strings.TrimPrefix(h.Serve(), "http://")
	many := &strings.Builder{}
	for i := range 2000 {
		fmt.Fprintf(many, "X-%d: a\r\n", i)
	}
	for name, headers := range map[string]string{
		"a long one": "X-Long: " + strings.Repeat("a", 1<<20) + "\r\n", "many": many.String(), "a long token": "Authorization: Bearer " + strings.Repeat("e", 1<<20) + "\r\n",
	} {
		connection, err := net.Dial("tcp", base)
		require.NoError(t, err)
		go func() {
			_, _ = io.WriteString(connection, "GET /api/channels HTTP/1.1\r\nHost: retoma\r\n"+headers+"\r\n")
		}() // it is cut off while it writes
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err == nil {
			require.Contains(t, []int{401, 431}, response.StatusCode, name)
			require.NoError(t, response.Body.Close())
		}
		require.NoError(t, connection.Close())
	}
	require.Equal(t, 200, h.Call("GET", "/healthz", "", nil).Status)
}

// A stack that overflows ends the process, and no handler can catch it: the deepest body that is taken, at the doors that read
// what others wrote as it is.
func TestTheDeepestBodyThatIsTakenKillsNobody(t *testing.T) {
	h := newHouse(t)
	const most = 3<<20 - 64
	for _, body := range []string{
		strings.Repeat("[", most/2) + strings.Repeat("]", most/2),
		`{"entry":` + strings.Repeat(`[{"changes":`, most/24) + "1" + strings.Repeat("}]", most/24) + "}",
	} {
		require.Contains(t, []int{200, 400}, h.Webhook(h.Ours.Channel, body, gatewaytest.AppSecret).Status)
		for _, path := range []string{"/api/events", "/api/flows", "/typebot/lint"} {
			require.Contains(t, []int{400, 413, 422}, h.Call("POST", path, h.Ours.Admin, body).Status, path)
		}
	}
	require.Equal(t, 200, h.Call("GET", "/healthz", "", nil).Status)
}
