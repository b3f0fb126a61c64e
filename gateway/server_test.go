package gateway_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
)

// serve listens on a port of its own.
func (h *house) serve() string {
	h.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(h.t, err)
	ended := make(chan error, 1)
	go func() { ended <- h.g.App().Listener(listener) }()
	h.t.Cleanup(func() {
		require.NoError(h.t, h.g.App().Shutdown())
		require.NoError(h.t, <-ended)
	})
	return "http://" + listener.Addr().String()
}

func (h *house) post(address, body string, headers map[string]string) (int, string) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, address, strings.NewReader(body))
	require.NoError(h.t, err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	defer func() { require.NoError(h.t, response.Body.Close()) }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	require.NotEmpty(h.t, response.Header.Get("X-Request-Id"))
	return response.StatusCode, string(raw)
}

func signature(body string) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// announce sends the heading of a request whose body would have this size, and gives the answer.
func (h *house) announce(base, path string, size int) (int, string) {
	h.t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(h.t, err)
	defer func() { require.NoError(h.t, connection.Close()) }()
	_, err = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: retoma\r\nContent-Length: %d\r\n\r\n", path, size)
	require.NoError(h.t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(h.t, err)
	raw, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	require.NotEmpty(h.t, response.Header.Get("X-Request-Id"))
	return response.StatusCode, string(raw)
}

func TestWhatIsTooLargeIsRefusedBeforeItIsRead(t *testing.T) {
	h := newHouse(t)
	base := h.serve()
	for _, path := range []string{"/webhooks/meta/" + h.ours.channel.Token, "/updatefollowup", "/nowhere"} {
		status, body := h.announce(base, path, 3<<20+1)
		require.Equal(t, 413, status)
		require.JSONEq(t, `{"success":false,"error":"o conteúdo passa do limite de 3 MB","code":"too_large"}`, body)
	}
	whole := strings.Repeat(" ", 3<<20-2) + "{}"
	status, _ := h.post(base+"/webhooks/meta/"+h.ours.channel.Token, whole, map[string]string{"X-Hub-Signature-256": signature(whole)})
	require.Equal(t, 200, status, "Meta sends up to 3 MB")
}

func TestTheSimulatorIsMountedOnlyWhereThereIsOne(t *testing.T) {
	seen := make(chan string, 4)
	simulator := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Method + " " + r.URL.Path })
	h := newHouse(t, func(o *gateway.Options) { o.Sandbox = simulator })
	require.Equal(t, 200, h.call("GET", "/sandbox/", "", nil).status)
	require.Equal(t, "GET /", <-seen)
	require.Equal(t, 200, h.call("POST", "/sandbox/api/phones/1/messages", "", "{}").status)
	require.Equal(t, "POST /api/phones/1/messages", <-seen)
	require.Equal(t, 301, h.call("GET", "/sandbox", "", nil).status)
	require.Contains(t, h.call("GET", "/", "", nil).raw, "/sandbox/")
	production := newHouse(t, func(o *gateway.Options) { o.Sandbox, o.Production = simulator, true })
	require.Equal(t, 404, production.call("GET", "/sandbox/", "", nil).status)
}
